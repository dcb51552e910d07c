using System.Text.Json.Nodes;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Testing;
using GrainAnalytics.Web.Tests.Jobs;
using GrainAnalytics.Web.Tests.Live;
using GrainAnalytics.Web.Tests.Support;

namespace GrainAnalytics.Web.Tests.Sites;

/// <summary>The operator changes a site's time zone; its worker looks for jobs all the time.</summary>
public sealed class TimeZoneTests(JobsServer server) : IClassFixture<JobsServer>
{
    private const string Zone = "/v1/admin/sites/1/time-zone", Jobs = "/v1/admin/jobs";

    private static readonly string[] Zones = ["Pacific/Kiritimati", "Asia/Kathmandu", "UTC"];

    private async Task<JsonNode> ChangeAsync(string zone)
    {
        var job = await server.OkAsync(HttpMethod.Put, Zone, $$"""{"timeZone":"{{zone}}"}""", 202);
        Assert.Equal(("time-zone", 1, zone), ((string)job["kind"]!, (int)job["siteId"]!, (string)job["arguments"]!["timeZone"]!));
        await Wait.UntilAsync(async () => (string)(job = await server.OkAsync(HttpMethod.Get, $"{Jobs}/{job["id"]}"))["state"]! is "done" or "dead", $"the change to {zone}");
        Assert.True((string)job["state"]! == "done", job.ToJsonString());
        return job;
    }

    private async Task<string> DaysAsync(string question) => string.Join(", ", (await server.Reader.GetJsonAsync($"/v1/stats/{question}&from=2026-02-02&to=2026-02-05"))["data"]!.AsArray()
        .Where(day => (int)(day!["activeUsers"] ?? day["count"])! > 0).Select(day => $"{(string)day!["date"]!} {day["activeUsers"] ?? day["count"]}"));

    [Fact]
    public async Task Days_are_those_of_the_new_zone_and_after_changing_back_of_the_old_one()
    {
        // 23:50 on the 3rd in Kolkata, and 0:20 on the 4th.
        await server.Writer.SendAsync("""[{"type":"z","userId":"a","occurredAt":"2026-02-03T18:20:00Z"},{"type":"z","userId":"b","occurredAt":"2026-02-03T18:50:00Z"},{"type":"z","userId":"b","occurredAt":"2026-02-04T08:00:00Z"}]""");
        var before = (Dau: await DaysAsync("dau?interval=day"), Hours: await DaysAsync("timeseries?interval=hour&type=z"));
        Assert.Equal(("2026-02-03 2, 2026-02-04 1", "2026-02-03T18:00:00.000Z 2, 2026-02-04T08:00:00.000Z 1"), before);

        var job = await ChangeAsync("Asia/Kolkata");
        Assert.True((int)job["result"]!["events"]! >= 3 && (bool)job["result"]!["changed"]! && job["result"]!["from"] is null, job.ToJsonString());
        Assert.Equal("Asia/Kolkata", (string)(await server.Reader.GetJsonAsync("/v1/stats/dau"))["timeZone"]!);
        Assert.Equal("Asia/Kolkata", (string)(await server.OkAsync(HttpMethod.Get, "/v1/admin/sites/1"))["timeZone"]!);
        Assert.Equal("2026-02-03 1, 2026-02-04 1", await DaysAsync("dau?interval=day"));
        Assert.Equal("2026-02-03T17:30:00.000Z 1, 2026-02-03T18:30:00.000Z 1, 2026-02-04T07:30:00.000Z 1", await DaysAsync("timeseries?interval=hour&type=z"));
        Assert.Equal("""{"siteId":1,"timeZone":"Asia/Kolkata"}""", (await server.OkAsync(HttpMethod.Put, Zone, """{"timeZone":"Asia/Kolkata"}""")).ToJsonString());

        await ChangeAsync("UTC");
        Assert.Equal(before, (await DaysAsync("dau?interval=day"), await DaysAsync("timeseries?interval=hour&type=z")));
    }

    [Fact]
    public async Task Who_watches_is_shown_the_new_zones_day()
    {
        foreach (var zone in Zones) await Midnight.PassAsync(zone);
        var now = TimeProvider.System.NowMicroseconds();
        await server.Writer.SendAsync($"[{string.Join(',', Enumerable.Range(0, 30).Select(i => $$"""{"type":"watched","userId":"w{{i}}","occurredAt":"{{Instant.ToText(now - i * Instant.Hour)}}"}"""))}]");
        var (client, _) = await LiveClient.WatchAsync(server.Reader);
        using var closes = client;
        foreach (var zone in Zones)
        {
            await ChangeAsync(zone);
            var clock = new SiteClock(zone);
            var expected = Enumerable.Range(0, 30).LongCount(i => clock.DayOf(now - i * Instant.Hour) == clock.DayOf(now));
            while (true)
            {
                var (name, data) = (await client.NextAsync())!.Value;
                if (name != "snapshot" || (string)data["timeZone"]! != zone) continue;
                Assert.Equal((expected, clock.DayOf(now).ToString("yyyy-MM-dd")), (client.Counters.GetValueOrDefault("watched"), (string)data["date"]!));
                break;
            }
        }
    }

    [Fact]
    public async Task A_change_that_is_not_over_is_not_asked_for_twice_and_the_last_one_that_was_asked_for_holds()
    {
        // No job of the site begins while one of it runs.
        await server.ExecuteAsync("insert into jobs (kind, site_id, arguments, run_at, state, lease_until) values ('held', 1, '{}', now(), 'running', now() + interval '1 hour')");
        var first = await server.OkAsync(HttpMethod.Put, Zone, """{"timeZone":"Asia/Tokyo"}""", 202);
        Assert.Equal(("waiting", (long)first["id"]!), ((string)first["state"]!, (long)(await server.OkAsync(HttpMethod.Put, Zone, """{"timeZone":"Asia/Tokyo"}""", 202))["id"]!));
        var back = await server.OkAsync(HttpMethod.Put, Zone, """{"timeZone":"UTC"}""", 202);
        Assert.True((long)back["id"]! > (long)first["id"]!);
        Assert.Equal(2, (await server.OkAsync(HttpMethod.Get, $"{Jobs}?kind=time-zone&state=waiting"))["jobs"]!.AsArray().Count);
        await server.ExecuteAsync("delete from jobs where kind = 'held'");
        await Wait.UntilAsync(async () => (string)(await server.OkAsync(HttpMethod.Get, $"{Jobs}/{back["id"]}"))["state"]! == "done", "the second change");
        Assert.Equal("done", (string)(await server.OkAsync(HttpMethod.Get, $"{Jobs}/{first["id"]}"))["state"]!);
        Assert.Equal("UTC", (string)(await server.OkAsync(HttpMethod.Get, "/v1/admin/sites/1"))["timeZone"]!);
    }

    [Theory]
    [InlineData("PUT", Zone, """{"timeZone":"Mars/Olympus"}""", "timeZone"), InlineData("PUT", Zone, """{"timeZone":"europe/berlin"}""", "timeZone"),
     InlineData("PUT", Zone, """{"timeZone":"W. Europe Standard Time"}""", "timeZone"), InlineData("PUT", Zone, """{"timeZone":"right/UTC"}""", "timeZone"),
     InlineData("PUT", Zone, """{"timeZone":"../../etc/passwd"}""", "timeZone"), InlineData("PUT", Zone, """{"timeZone":"UTC until 2026-01-01T00:00:00.000Z, Asia/Tokyo"}""", "timeZone"),
     InlineData("PUT", Zone, """{"timeZone":""}""", "timeZone"), InlineData("PUT", Zone, """{"timeZone":5}""", "timeZone"), InlineData("PUT", Zone, "{}", "timeZone"),
     InlineData("PUT", Zone, "{\"timeZone\":\"\\ud800\"}", "timeZone"), InlineData("PUT", Zone, """{"timeZone":"UTC","zone":"UTC"}""", "zone"), InlineData("PUT", Zone, "[]", "body"),
     InlineData("POST", Jobs, """{"kind":"time-zone","siteId":1}""", "kind")]
    public async Task Bad_input_is_named(string method, string path, string body, string named)
    {
        using var response = await server.AskAsync(new HttpMethod(method), path, body);
        var problem = await response.ProblemAsync(400, "invalid-parameter");
        Assert.Contains(named, problem["errors"]!.AsObject().Select(error => error.Key));
    }

    [Fact]
    public async Task A_site_that_is_not_there_is_said_so()
    {
        foreach (var id in (string[])["7", "x", "99999999999"])
            await (await server.AskAsync(HttpMethod.Put, $"/v1/admin/sites/{id}/time-zone", """{"timeZone":"UTC"}""")).ProblemAsync(404, "no-such-site");
    }
}
