using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using GrainAnalytics.Silo.Tests.Support;
using GrainAnalytics.Testing;
using Xunit.Abstractions;

namespace GrainAnalytics.Silo.Tests;

/// <summary>Dead letters of a cluster: set aside by any silo, seen and tried again at any other.</summary>
public sealed class DeadLetterTests(ITestOutputHelper output)
{
    private static readonly HttpClient Http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(60) };

    // Words that stand in nothing but the requests.
    private const string Write = "wk-83c1d5f0", Api = "ak-f7702b9e", Admin = "at-1d94c6a8", Payload = "pl-65e0b7d3";

    // Without a spool, which on a machine that is busy takes events that the database would have refused.
    private static readonly (string, string)[] Quiet = [("Spool__Enabled", "false"), ("Ingest__AnswerWithin", "00:00:20"), ("Cluster__CallBudget", "00:00:20")];

    private static readonly (string, string)[] Talkative =
    [
        ("Logging__LogLevel__Default", "Trace"), ("Logging__LogLevel__Microsoft", "Trace"), ("Logging__LogLevel__Orleans", "Trace"),
        ("Logging__LogLevel__Orleans.Messaging", "Trace"), ("Logging__LogLevel__GrainAnalytics", "Trace"), ("Logging__Format", "json"),
    ];

    [Fact]
    public async Task What_one_silo_set_aside_another_lists_and_stores()
    {
        await using var cluster = await Cluster.StartAsync(0, output);
        var silos = await StartAsync(cluster, Quiet);

        // Users of both silos; the database refuses every third event, and a row is no event at all.
        await cluster.Database.ExecuteAsync("alter table events add constraint not_yet check (type <> 'later')");
        var events = Enumerable.Range(0, 60).Select(i => Event(i, i % 3 == 0 ? "later" : "now"));
        var answer = await AskAsync(silos[0], HttpMethod.Post, "/v1/events", Write, $$"""[{{string.Join(',', events)}},{"type":"now","payload":{"x":"{{Payload}}"} }]""");
        Assert.Equal((40, 21), ((int)answer["accepted"]!, (int)answer["rejected"]!));

        JsonArray letters = [];
        await Wait.UntilAsync(async () => (letters = (await AskAsync(silos[1], HttpMethod.Get, "/v1/admin/dead-letters", Admin))["letters"]!.AsArray()).Count == 21, "21 dead letters");
        Assert.Equal(20, letters.Count(letter => (string)letter!["reason"]! == "poison-row"));
        Assert.Contains(Payload, (string)letters.Single(letter => (string)letter!["reason"]! == "missing-user")!["original"]!);
        // Refused again, wherever the user lives, and not kept twice.
        Assert.Equal(20, (int)(await AskAsync(silos[1], HttpMethod.Post, "/v1/admin/dead-letters/retry?reason=poison-row", Admin))["refused"]!);
        Assert.Equal(21, (int)(await AskAsync(silos[0], HttpMethod.Get, "/v1/admin/dead-letters", Admin))["count"]!);

        await cluster.Database.ExecuteAsync("alter table events drop constraint not_yet");
        var done = await AskAsync(silos[1], HttpMethod.Post, "/v1/admin/dead-letters/retry?all=true", Admin);
        Assert.Equal((20, 0, 1), ((int)done["stored"]!, (int)done["duplicates"]!, (int)done["refused"]!));
        for (var i = 0; i < 60; i++)
            Assert.Single((await AskAsync(silos[i % 2], HttpMethod.Get, $"/v1/users/user-{i}/journey", Api))["events"]!.AsArray());
        Assert.Equal(60, await Recount.RowsAsync(cluster.Database.Database, Cluster.Site));
        await Recount.AssertExactAsync(cluster.Database.Database, Cluster.Site);
    }

    [Fact]
    public async Task No_key_and_no_payload_is_logged_by_a_silo_that_logs_all_it_can()
    {
        await using var cluster = await Cluster.StartAsync(0, new Silence());
        var silos = await StartAsync(cluster, Talkative);
        await cluster.Database.ExecuteAsync("alter table events add constraint not_yet check (type <> 'later')");
        // To and from the other silo, too; what becomes of it does not matter here.
        foreach (var (method, path, key, body) in new[]
        {
            (HttpMethod.Post, "/v1/events", Write, $$"""[{{string.Join(',', Enumerable.Range(0, 20).Select(i => Event(i, i == 3 ? "later" : "now")))}},{"type":"now","payload":{"x":"{{Payload}}"} }]"""),
            (HttpMethod.Post, $"/v1/events?writeKey={Write}", "none", Event(21, "now")), (HttpMethod.Post, "/v1/events", Write, Payload),
            (HttpMethod.Get, "/v1/users/user-1/journey", Api, null), (HttpMethod.Get, "/v1/users/user-2/journey", Api, null), (HttpMethod.Get, $"/v1/journey?userId=user-4&writeKey={Api}", "none", null),
            (HttpMethod.Get, "/v1/admin/dead-letters", Admin, null), (HttpMethod.Post, "/v1/admin/dead-letters/retry?all=true", Admin, null),
        })
            using (await SendAsync(silos[0], method, path, key, body)) { }
        foreach (var silo in silos) Assert.Equal(0, await silo.Process.TerminateAsync());
        foreach (var silo in silos)
        {
            Assert.Contains(silo.Process.Log, line => line.Contains("\"LogLevel\":\"Trace\",\"Category\":\"Orleans.", StringComparison.Ordinal));
            foreach (var secret in new[] { Write, Api, Admin, Payload })
                Assert.DoesNotContain(silo.Process.Log, line => line.Contains(secret, StringComparison.OrdinalIgnoreCase));
        }
    }

    private static async Task<List<Node>> StartAsync(Cluster cluster, (string, string)[] settings)
    {
        var silos = new List<Node>();
        foreach (var index in new[] { 0, 1 })
        {
            var process = cluster.StartProcess(index, [("Bootstrap__WriteKey", Write), ("Bootstrap__ApiKey", Api), ("Bootstrap__AdminToken", Admin), .. settings]);
            silos.Add(new Node(index, process, await process.Address));
            await Wait.UntilAsync(() => cluster.IsReadyAsync(silos[^1]), $"silo {index} to be ready", TimeSpan.FromSeconds(60));
        }
        await Wait.UntilAsync(async () => (int)(await AskAsync(silos[0], HttpMethod.Get, "/health", Admin))["silos"]! == 2, "two silos");
        return silos;
    }

    private static async Task<JsonNode> AskAsync(Node silo, HttpMethod method, string path, string key, string? body = null)
    {
        using var response = await SendAsync(silo, method, path, key, body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode is HttpStatusCode.OK or HttpStatusCode.Accepted, $"{path}: {(int)response.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }

    private static async Task<HttpResponseMessage> SendAsync(Node silo, HttpMethod method, string path, string key, string? body)
    {
        using var request = new HttpRequestMessage(method, new Uri(silo.Address, path));
        if (key != "none") request.Headers.Authorization = new("Bearer", key);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        return await Http.SendAsync(request);
    }

    private static string Event(int i, string type) => $$"""{"eventId":"event-{{i}}","type":"{{type}}","userId":"user-{{i}}","payload":{"x":"{{Payload}}"} }""";

    // Its log is tens of megabytes.
    private sealed class Silence : ITestOutputHelper
    {
        public void WriteLine(string message) { }

        public void WriteLine(string format, params object[] args) { }
    }
}
