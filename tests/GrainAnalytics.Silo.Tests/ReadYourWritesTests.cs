using System.Net;
using System.Text.Json.Nodes;
using GrainAnalytics.Silo.Tests.Support;
using GrainAnalytics.Testing;
using Xunit.Abstractions;

namespace GrainAnalytics.Silo.Tests;

/// <summary>What one silo acknowledged, every silo shows.</summary>
public sealed class ReadYourWritesTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_post_to_one_of_three_silos_is_in_the_lookup_on_another_at_once()
    {
        const int Rounds = 300;
        await using var cluster = await Cluster.StartAsync(3, output);
        var nodes = cluster.Nodes;
        var pairs = nodes.SelectMany(node => nodes.Where(other => other != node).Select(other => (Post: node, LookUp: other))).ToArray();
        var wrong = new List<string>();
        await Parallel.ForEachAsync(Enumerable.Range(0, Rounds * pairs.Length), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) =>
        {
            var (post, lookUp) = pairs[i % pairs.Length];
            // Users of one event and users of many: new activations, and those that have been looked up before.
            var user = i % 4 == 0 ? $"once-{i}" : $"often-{i % 97}";
            using var answer = await cluster.PostAsync(post, $$"""{"eventId":"event-{{i}}","type":"t{{i % 3}}","userId":"{{user}}","sessionId":"session-{{i % 50}}"}""");
            Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
            var journey = await cluster.GetAsync(lookUp, $"/v1/users/{user}/journey?limit=30");
            if (!Ids(journey).Contains($"event-{i}")) lock (wrong) wrong.Add($"event-{i} posted to {post.Index}, looked up on {lookUp.Index}");
        });
        Assert.Empty(wrong);

        Assert.Equal(Rounds * pairs.Length, await Recount.RowsAsync(cluster.Database.Database, Cluster.Site));
        await Recount.AssertExactAsync(cluster.Database.Database, Cluster.Site);
        var counts = await cluster.Database.ScalarAsync<string>("select string_agg(format('%s %s', type, n), ',' order by type) from (select type, count(*) n from events group by type) t");
        var users = await cluster.Database.ScalarAsync<long>("select count(distinct user_id) from events");
        foreach (var node in nodes)
        {
            var top = (await cluster.GetAsync(node, "/v1/stats/top-events"))["data"]!.AsArray();
            Assert.Equal(counts, string.Join(',', top.Select(t => $"{t!["type"]} {t["count"]}").Order(StringComparer.Ordinal)));
            var active = (await cluster.GetAsync(node, "/v1/stats/dau"))["data"]!.AsArray();
            Assert.Equal(users, active.Sum(day => (long)day!["activeUsers"]!));
            for (var i = 0; i < 97; i += 8)
                Assert.Equal(await StoredAsync(cluster, $"often-{i}"), Ids(await cluster.GetAsync(node, $"/v1/users/often-{i}/journey?limit=1000")));
            for (var i = 0; i < 50; i += 5)
                Assert.Equal(Rounds * pairs.Length / 50, (int)(await cluster.GetAsync(node, $"/v1/sessions/session-{i}"))["eventCount"]!);
        }
    }

    private static string[] Ids(JsonNode journey) => [.. journey["events"]!.AsArray().Select(e => (string)e!["eventId"]!)];

    private static Task<string[]> StoredAsync(Cluster cluster, string user) => cluster.Database.ScalarAsync<string[]>(
        "select array_agg(event_id order by occurred_at desc, event_id collate \"C\" desc) from events where user_id = $1", user);
}
