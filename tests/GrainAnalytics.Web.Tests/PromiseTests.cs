using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Testing;
using GrainAnalytics.Web.Tests.Support;
using Npgsql;

namespace GrainAnalytics.Web.Tests;

/// <summary>The promises, as a client sees them: read your writes, exactly once, acknowledged means stored.</summary>
public sealed class PromiseTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task Ten_thousand_posts_each_looked_up_at_once_are_all_found()
    {
        var misses = new ConcurrentBag<string>();
        await Task.WhenAll(Enumerable.Range(0, 10).Select(async worker =>
        {
            for (var i = 0; i < 1000; i++)
            {
                var (user, id) = ($"reader-{worker}-{i % 50}", Guid.NewGuid().ToString());
                await server.Writer.SendAsync($$"""{"eventId":"{{id}}","type":"t","userId":"{{user}}"}""");
                var newest = (await server.Reader.GetJsonAsync($"/v1/users/{user}/journey?limit=1"))["events"]![0];
                if ((string?)newest?["eventId"] != id) misses.Add(id);
            }
        }));
        Assert.Empty(misses);
    }

    [Fact]
    public async Task Events_sent_one_to_five_times_in_any_order_are_counted_once()
    {
        var random = new Random(11);
        var first = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        var events = Enumerable.Range(0, 3000).Select(i => new
        {
            eventId = i % 3 == 0 ? $"own id {i}" : Guid.NewGuid().ToString(),
            type = $"once-{random.Next(7)}",
            userId = $"once-user-{random.Next(200)}",
            sessionId = $"once-session-{random.Next(400)}",
            occurredAt = first.AddMinutes(random.Next(60 * 24 * 59)),
        }).ToArray();
        var sends = events.SelectMany(e => Enumerable.Repeat(e, random.Next(1, 6))).ToArray();
        random.Shuffle(sends);
        long accepted = 0, duplicates = 0;
        await Parallel.ForEachAsync(sends.Chunk(25), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (chunk, _) =>
        {
            var answer = await server.Writer.SendAsync(JsonSerializer.Serialize(chunk));
            Interlocked.Add(ref accepted, (long)answer["accepted"]!);
            Interlocked.Add(ref duplicates, (long)answer["duplicates"]!);
        });
        Assert.Equal((events.Length, sends.Length - events.Length), (accepted, duplicates));

        var top = await server.Reader.GetJsonAsync("/v1/stats/top-events?from=2026-01-01&to=2026-02-28&limit=100");
        Assert.Equal(events.CountBy(e => e.type).OrderByDescending(t => t.Value).ThenBy(t => t.Key, StringComparer.Ordinal).Select(t => (t.Key, t.Value)),
            top["data"]!.AsArray().Select(t => ((string)t!["type"]!, (int)t["count"]!)));
        var dau = await server.Reader.GetJsonAsync("/v1/stats/dau?from=2026-01-01&to=2026-02-28");
        Assert.Equal(Enumerable.Range(0, 59).Select(d => events.Where(e => e.occurredAt.Date == first.AddDays(d)).DistinctBy(e => e.userId).Count()),
            dau["data"]!.AsArray().Select(d => (int)d!["activeUsers"]!));
        foreach (var user in events.GroupBy(e => e.userId).Take(40))
            Assert.Equal(user.Select(e => e.eventId).Order(StringComparer.Ordinal),
                (await server.Reader.GetJsonAsync($"/v1/users/{user.Key}/journey?limit=1000"))["events"]!.Texts("eventId").Order(StringComparer.Ordinal));
        foreach (var session in events.GroupBy(e => e.sessionId).Take(40))
            Assert.Equal(session.Count(), (int)(await server.Reader.GetJsonAsync($"/v1/sessions/{session.Key}"))["eventCount"]!);
    }

    [Fact]
    public async Task Kill_9_under_load_loses_nothing_that_was_acknowledged_and_doubles_nothing()
    {
        await using var database = await TestDatabase.CreateAsync();
        string[] arguments = [$"--ConnectionStrings:Postgres={database.ConnectionString}", "--urls=http://127.0.0.1:0", "--Bootstrap:ApiKey=k"];
        var acknowledged = new ConcurrentDictionary<string, string>();
        var inDoubt = new ConcurrentQueue<JsonObject[]>();      // sent without an answer: sent again after the restart
        for (var round = 0; round < 4; round++)
        {
            var (process, client) = await StandaloneProcess.StartReadyAsync("k", arguments);
            using var ends = process;
            using var closes = client;
            using var over = new CancellationTokenSource();
            var output = process.StandardOutput.ReadToEndAsync();
            var senders = Enumerable.Range(0, 8).Select(_ => SendUntilKilledAsync(client, acknowledged, inDoubt, over.Token)).ToArray();
            var before = acknowledged.Count;
            await Wait(() => acknowledged.Count > before + 500 + 300 * round, "enough acknowledged events");
            await process.SignalAsync("KILL");
            await over.CancelAsync();
            await Task.WhenAll(senders);
            await process.WaitForExitAsync();
        }
        var (last, reader) = await StandaloneProcess.StartReadyAsync("k", arguments);
        last.Drain();
        using (last)
        using (reader)
        {
            foreach (var user in acknowledged.GroupBy(a => a.Value))
            {
                var found = (await reader.GetJsonAsync($"/v1/users/{user.Key}/journey?limit=1000"))["events"]!.Texts("eventId").ToHashSet();
                Assert.Superset(user.Select(a => a.Key).ToHashSet(), found);
            }
            await using var source = NpgsqlDataSource.Create(database.ConnectionString);
            await Recount.AssertExactAsync(source, new Site(1, "", null, SiteClock.Utc));
            last.Kill();
        }
    }

    private static async Task SendUntilKilledAsync(HttpClient client, ConcurrentDictionary<string, string> acknowledged,
        ConcurrentQueue<JsonObject[]> inDoubt, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            if (!inDoubt.TryDequeue(out var events))
                events = [.. Enumerable.Range(0, 5).Select(_ => new JsonObject
                {
                    ["eventId"] = Guid.NewGuid().ToString(), ["type"] = "t", ["sessionId"] = $"s{Random.Shared.Next(50)}", ["userId"] = $"u{Random.Shared.Next(40)}",
                })];
            try
            {
                using var response = await client.PostAsync($"[{string.Join(',', events.Select(e => e.ToJsonString()))}]");
                if (response.StatusCode == HttpStatusCode.Accepted)
                    foreach (var e in events) acknowledged[(string)e["eventId"]!] = (string)e["userId"]!;
                else inDoubt.Enqueue(events);
            }
            catch (HttpRequestException)
            {
                inDoubt.Enqueue(events);
                if (over.IsCancellationRequested) return;
                await Task.Yield();
            }
        }
    }

    private static async Task Wait(Func<bool> condition, string what)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        using var soon = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!condition())
        {
            Assert.False(patience.IsCancellationRequested, $"Missing after four minutes: {what}.");
            await soon.WaitForNextTickAsync();
        }
    }
}
