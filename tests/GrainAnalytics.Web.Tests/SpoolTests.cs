using System.Text.Json.Nodes;
using GrainAnalytics.Testing;
using GrainAnalytics.Web.Tests.Support;

namespace GrainAnalytics.Web.Tests;

/// <summary>A server with a spool, whose database the tests take away.</summary>
public sealed class SpoolServer : ServerFixture, IAsyncLifetime
{
    public string Folder { get; } = SpoolFolder.New();

    protected override IEnumerable<string> Settings => [$"--Spool:Path={Folder}", "--Spool:MinFreeBytes=0", "--Spool:After=00:00:03"];

    async Task IAsyncLifetime.DisposeAsync()
    {
        await DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}

[Collection(nameof(AloneCollection))]
public sealed class SpoolTests(SpoolServer server) : IClassFixture<SpoolServer>
{
    [Fact]
    public async Task While_the_database_is_away_events_are_taken_and_found_and_afterwards_stored_once()
    {
        await Midnight.PassAsync();     // those who were active today are counted at the end
        Assert.Equal(1, (int)(await PostAsync("""{"eventId":"before","type":"t","userId":"ada"}"""))["accepted"]!);
        // The key is known from now on at the latest.
        await server.Reader.GetJsonAsync("/v1/users/nobody/journey");
        // Where the database took longer than three seconds, the event went by way of the spool.
        await Wait.UntilAsync(IsFineAsync, "a healthy server with an empty spool");
        var before = await ScrapeAsync("grainanalytics_spool_events_written_total");
        await server.Database.TakeAwayAsync();
        server.IsPatient = false;

        var body = """[{"eventId":"d1","type":"t","userId":"ada"},{"eventId":"d1","type":"t","userId":"ada"},{"type":"t"},{"eventId":"d2","type":"t","userId":"bob"}]""";
        var taken = await PostAsync(body);
        Assert.Equal((2, 1, 1), ((int)taken["accepted"]!, (int)taken["duplicates"]!, (int)taken["rejected"]!));
        var ada = await server.Reader.GetJsonAsync("/v1/users/ada/journey", isPartialFine: true);
        // Nobody has looked ada up before, so what is stored of her is not in memory.
        Assert.Equal(["d1"], ada["events"]!.AsArray().Select(e => (string)e!["eventId"]!));
        Assert.True((bool)ada["partial"]!);
        Assert.Equal("d2", (string)(await server.Reader.GetJsonAsync("/v1/journey?userId=bob", isPartialFine: true))["events"]![0]!["eventId"]!);

        foreach (var path in new[] { "/v1/stats/dau", "/v1/stats/top-events", "/v1/sessions/s" })
        {
            using var response = await server.Reader.GetAsync(path);
            await response.ProblemAsync(503, "store-unavailable");
            Assert.NotNull(response.Headers.RetryAfter);
        }
        using (var request = new HttpRequestMessage(HttpMethod.Post, "/v1/events?writeKey=unknown") { Content = new StringContent(body) })
            await (await server.Anyone.SendAsync(request)).ProblemAsync(503, "store-unavailable");
        var health = await server.Anyone.GetJsonAsync("/health");
        Assert.Equal(("degraded", "unavailable"), ((string)health["status"]!, (string)health["database"]!));
        Assert.Equal((2, false), ((int)health["spool"]!["events"]!, (bool)health["spool"]!["isFull"]!));
        Assert.True((long)health["spool"]!["bytes"]! > 0);
        Assert.Equal(200, (int)(await server.Anyone.GetAsync("/health/ready")).StatusCode);
        Assert.Equal(before + 2, await ScrapeAsync("grainanalytics_spool_events_written_total"));
        Assert.Equal(2, await ScrapeAsync("grainanalytics_spool_backlog_events"));

        await server.Database.GiveBackAsync();
        server.IsPatient = true;
        await Wait.UntilAsync(IsFineAsync, "a healthy server with an empty spool");
        ada = await server.Reader.GetJsonAsync("/v1/users/ada/journey");
        Assert.Null(ada["partial"]);
        Assert.Equal(["d1", "before"], ada["events"]!.AsArray().Select(e => (string)e!["eventId"]!));
        var again = await PostAsync(body);
        Assert.Equal((0, 3), ((int)again["accepted"]!, (int)again["duplicates"]!));
        Assert.Equal(2, (int)(await server.Reader.GetJsonAsync("/v1/stats/dau"))["data"]!.AsArray()[^1]!["activeUsers"]!);
        Assert.Equal(3, (int)(await server.Reader.GetJsonAsync("/v1/stats/top-events"))["data"]!.AsArray()[0]!["count"]!);
    }

    private async Task<bool> IsFineAsync()
    {
        var health = await server.Anyone.GetJsonAsync("/health");
        return (string)health["status"]! == "ok" && (int)health["spool"]!["events"]! == 0;
    }

    private async Task<JsonNode> PostAsync(string body)
    {
        using var response = await server.Writer.PostAsync(body);
        Assert.Equal(202, (int)response.StatusCode);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
    }

    private async Task<double> ScrapeAsync(string series) =>
        double.Parse((await server.Anyone.GetStringAsync("/metrics")).Split('\n').First(line => line.StartsWith(series + " ", StringComparison.Ordinal)).Split(' ')[1],
            System.Globalization.CultureInfo.InvariantCulture);
}
