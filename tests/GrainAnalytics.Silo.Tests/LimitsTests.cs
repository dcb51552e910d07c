using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Silo.Tests.Support;
using GrainAnalytics.Testing;
using Xunit.Abstractions;

namespace GrainAnalytics.Silo.Tests;

/// <summary>Quotas and keys of a site, changed at one node and in force at all.</summary>
public sealed class LimitsTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_quota_set_at_one_node_holds_over_all_of_them_and_survives_the_restart_of_each()
    {
        await using var cluster = await Cluster.StartAsync(3, output);
        const int Quota = 400;
        await AdminAsync(cluster, cluster.Nodes[0], HttpMethod.Put, "/v1/admin/sites/1/quota", $$"""{"eventsPerDay":{{Quota}}}""");
        var accepted = await SendUntilRefusedAsync(cluster, "first", 300);
        Assert.Equal(300, accepted);
        foreach (var index in new[] { 0, 1, 2 })
        {
            Assert.Equal(0, await cluster.TerminateAsync(cluster.Nodes.Single(node => node.Index == index)));
            await cluster.StartNodeAsync(index);
        }
        await cluster.UntilSilosAsync(3);
        // Stopped silos gave back what they had not used.
        accepted += await SendUntilRefusedAsync(cluster, "second", 1000);
        Assert.InRange(accepted, Quota - 3 * 2, Quota);       // what lies ready at each front
        Assert.Equal(accepted, await cluster.Database.ScalarAsync<long>("select count(*) from events"));
        await Recount.AssertExactAsync(cluster.Database.Database, Cluster.Site);
    }

    [Fact]
    public async Task A_key_is_known_at_all_nodes_when_it_is_added_and_at_none_when_it_is_removed()
    {
        await using var cluster = await Cluster.StartAsync(2, output);
        foreach (var node in cluster.Nodes) Assert.Equal(HttpStatusCode.Unauthorized, await PostAsync(cluster, node, "new-key"));
        await AdminAsync(cluster, cluster.Nodes[0], HttpMethod.Post, "/v1/admin/sites/1/keys", """{"key":"new-key","kind":"write"}""");
        foreach (var node in cluster.Nodes) Assert.Equal(HttpStatusCode.Accepted, await PostAsync(cluster, node, "new-key"));
        await AdminAsync(cluster, cluster.Nodes[1], HttpMethod.Delete, $"/v1/admin/sites/1/keys/{Convert.ToHexStringLower(SiteKeys.Hash("new-key"))}", null);
        foreach (var node in cluster.Nodes) Assert.Equal(HttpStatusCode.Unauthorized, await PostAsync(cluster, node, "new-key"));
    }

    [Fact]
    public async Task A_key_that_must_sign_must_do_so_at_all_nodes()
    {
        await using var cluster = await Cluster.StartAsync(2, output);
        foreach (var node in cluster.Nodes) Assert.Equal(HttpStatusCode.Accepted, await PostAsync(cluster, node, "write"));
        await AdminAsync(cluster, cluster.Nodes[0], HttpMethod.Post, "/v1/admin/signing", """{"key":"write","mode":"required"}""");
        foreach (var node in cluster.Nodes) Assert.Equal(HttpStatusCode.Unauthorized, await PostAsync(cluster, node, "write"));
        await AdminAsync(cluster, cluster.Nodes[1], HttpMethod.Post, "/v1/admin/signing", """{"key":"write","mode":"off"}""");
        foreach (var node in cluster.Nodes) Assert.Equal(HttpStatusCode.Accepted, await PostAsync(cluster, node, "write"));
    }

    // Sends one event after the other, to all nodes in turn, until each has refused one.
    private static async Task<long> SendUntilRefusedAsync(Cluster cluster, string prefix, int most)
    {
        var accepted = 0L;
        var refused = new HashSet<Node>();
        for (var i = 0; i < most && refused.Count < cluster.Nodes.Length; i++)
        {
            var node = cluster.Nodes[i % cluster.Nodes.Length];
            using var answer = await cluster.PostAsync(node, $$"""{"eventId":"{{prefix}}-{{i}}","type":"t","userId":"user-{{i % 50}}"}""");
            if (answer.StatusCode == HttpStatusCode.Accepted) accepted++;
            else
            {
                Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
                Assert.StartsWith("\"day\";q=400", Assert.Single(answer.Headers.GetValues("RateLimit-Policy")));
                refused.Add(node);
            }
        }
        return accepted;
    }

    private static async Task<HttpStatusCode> PostAsync(Cluster cluster, Node node, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(node.Address, "/v1/events")) { Content = new StringContent("""{"type":"t","userId":"keys"}""") };
        request.Headers.Authorization = new("Bearer", key);
        using var answer = await cluster.Http.SendAsync(request);
        return answer.StatusCode;
    }

    private static async Task<JsonNode> AdminAsync(Cluster cluster, Node node, HttpMethod method, string path, string? body)
    {
        using var request = new HttpRequestMessage(method, new Uri(node.Address, path));
        request.Headers.Authorization = new("Bearer", "admin");
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await cluster.Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{(int)answer.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }
}
