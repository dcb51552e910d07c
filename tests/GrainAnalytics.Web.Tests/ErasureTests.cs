using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using GrainAnalytics.Web.Tests.Live;
using GrainAnalytics.Web.Tests.Support;

namespace GrainAnalytics.Web.Tests;

/// <summary>Users who are erased, seen from outside.</summary>
[Collection(nameof(AloneCollection))]
public sealed class ErasureTests(LiveServer server) : IClassFixture<LiveServer>
{
    private const string Nothing = """{"events":0,"sessions":0,"activeDays":0,"identities":0,"deadLetters":0}""";

    [Fact]
    public async Task Erased_user_is_nowhere_when_the_answer_comes()
    {
        await Midnight.PassAsync();
        var body = """
            [{"eventId":"x1","type":"page_view","userId":"xena","sessionId":"alone","payload":{"url":"https://a.example/only"}},
             {"eventId":"x2","type":"page_view","anonymousId":"anon-x","sessionId":"alone","payload":{"url":"https://a.example/both"}},
             {"eventId":"x3","type":"identify","userId":"xena","anonymousId":"anon-x","payload":{"traits":{"plan":"pro"}}},
             {"eventId":"x4","type":"buy","userId":"xena","sessionId":"shared"}]
            """;
        await server.Writer.SendAsync("""[{"eventId":"y1","type":"page_view","userId":"yann","sessionId":"shared","payload":{"url":"https://a.example/both"}},{"type":"page_view","sessionId":"rejected-1","userId":"yann"}]""");
        await server.Writer.SendAsync(body);
        // All that remembers: a lookup of each kind, and an open dashboard.
        Assert.Equal(4, await CountAsync("xena"));
        Assert.Equal("xena", (string)(await server.Reader.GetJsonAsync("/v1/users/anon-x"))["userId"]!);
        Assert.Equal(2, (int)(await server.Reader.GetJsonAsync("/v1/sessions/shared"))["eventCount"]!);
        var (viewer, _) = await LiveClient.WatchAsync(server.Reader);
        using var closes = viewer;
        Assert.Equal((4, 1, 3), (viewer.Counters["page_view"], viewer.Counters["buy"], viewer.ActiveUsers));
        Assert.Contains("x4", viewer.EventIds);
        var (stored, erased) = (await ScrapeAsync("stored"), await ScrapeAsync("erased"));

        // Under any of the ids.
        var receipt = await EraseAsync("/v1/users/anon-x");
        Assert.Equal(("anon-x", """{"events":4,"sessions":1,"activeDays":2,"identities":1,"deadLetters":0}"""), ((string)receipt["userId"]!, receipt["removed"]!.ToJsonString()));
        Assert.Equal((0, 0), (await CountAsync("xena"), await CountAsync("anon-x")));
        foreach (var path in new[] { "/v1/users/xena", "/v1/users/anon-x" }) await (await server.Reader.GetAsync(path)).ProblemAsync(404, "unknown-user");
        await (await server.Reader.GetAsync("/v1/sessions/alone")).ProblemAsync(404, "session-not-found");
        var session = await server.Reader.GetJsonAsync("/v1/sessions/shared");
        Assert.Equal(("yann", 1, "y1"), ((string)session["userId"]!, (int)session["eventCount"]!, (string)session["events"]![0]!["eventId"]!));
        Assert.Equal(["yann"], (await server.Reader.GetJsonAsync("/v1/users"))["users"].Texts("userId").Except(["zoe"]));
        var (fresh, snapshot) = await LiveClient.WatchAsync(server.Reader);
        using (fresh) Assert.Equal((2, 1, 1), (fresh.Counters["page_view"], fresh.ActiveUsers, fresh.ActiveNow));
        Assert.DoesNotContain(snapshot["events"].Texts("eventId"), id => id[0] == 'x');
        await viewer.UntilAsync(() => viewer.Snapshots == 2);
        Assert.Equal((2, 0, 1), (viewer.Counters["page_view"], viewer.Counters.GetValueOrDefault("buy"), viewer.ActiveUsers));
        Assert.Equal("""{"data":[{"type":"page_view","count":2}]}""", await server.Reader.GetStringAsync("/v1/stats/top-events"));
        Assert.Equal("""[{"value":"/both","count":1,"users":1,"usersError":0}]""", (await server.Reader.GetJsonAsync("/v1/stats/breakdown?by=page"))["data"]!.ToJsonString());
        Assert.Equal(1, (int)(await server.Reader.GetJsonAsync("/v1/stats/dau"))["data"]!.AsArray()[^1]!["activeUsers"]!);

        // Again: nothing, and no harm.
        Assert.Equal(Nothing, (await EraseAsync("/v1/users/xena"))["removed"]!.ToJsonString());
        // The same events again are duplicates, counted as such.
        var again = await server.Writer.SendAsync(body);
        Assert.Equal((0, 4), ((int)again["accepted"]!, (int)again["duplicates"]!));
        Assert.Equal((stored, erased + 4), (await ScrapeAsync("stored"), await ScrapeAsync("erased")));
        Assert.Equal(0, await CountAsync("xena"));
        // Somebody who comes back is somebody new.
        await server.Writer.SendAsync("""{"eventId":"x9","type":"buy","userId":"xena"}""");
        Assert.Equal(1, await CountAsync("xena"));
        await viewer.UntilAsync(() => viewer.Counters.GetValueOrDefault("buy") == 1 && viewer.ActiveUsers == 2);
        Assert.Equal(2, (int)(await server.Reader.GetJsonAsync("/v1/stats/dau"))["data"]!.AsArray()[^1]!["activeUsers"]!);
        Assert.Equal("""{"events":1,"sessions":0,"activeDays":1,"identities":0,"deadLetters":0}""", (await EraseAsync("/v1/users?userId=xena"))["removed"]!.ToJsonString());
    }

    [Fact]
    public async Task Ids_that_fit_no_path_and_sites_are_named_in_the_query()
    {
        await server.Writer.SendAsync("""[{"type":"note","userId":"a/b","occurredAt":"2025-01-01T00:00:00Z"},{"type":"note","userId":"c/d","occurredAt":"2025-01-01T00:00:00Z"}]""");
        Assert.Equal(1, (int)(await EraseAsync("/v1/users/profile?userId=a%2Fb&site=1"))["removed"]!["events"]!);
        Assert.Equal(1, (int)(await EraseAsync("/v1/users?userId=c%2Fd"))["removed"]!["events"]!);
        foreach (var (path, name) in new[] { ("/v1/users/a%2Fb", "userId"), ("/v1/users", "userId"), ("/v1/users/profile?userId=", "userId"), ("/v1/users/u?site=x", "site"), ("/v1/users/u?site=0", "site") })
        {
            using var response = await DeleteAsync(path);
            Assert.NotNull((await response.ProblemAsync(400, "invalid-parameter"))["errors"]![name]);
        }
        await (await DeleteAsync("/v1/users/u?site=99")).ProblemAsync(404, "no-such-site");
    }

    [Fact]
    public async Task Dead_letters_go_too()
    {
        using (var response = await server.Writer.PostAsync("""[{"type":"note","userId":"zoe","occurredAt":"2025-01-01T00:00:00Z"},{"userId":"zoe-letters"},{"userId":"zoe-letters-not"},{"user_id":"zoe-letters","type":5},{"type":"t","payload":{"userId":"zoe-letters"}}]"""))
            Assert.Equal(202, (int)response.StatusCode);
        await GrainAnalytics.Testing.Wait.UntilAsync(async () => (int)(await LettersAsync())["count"]! == 4, "the letters");
        Assert.Equal(2, (int)(await EraseAsync("/v1/users/zoe-letters"))["removed"]!["deadLetters"]!);
        Assert.Equal(2, (int)(await LettersAsync())["count"]!);

        Task<JsonNode> LettersAsync() => SendAsync(HttpMethod.Get, "/v1/admin/dead-letters");
    }

    private async Task<int> CountAsync(string user) => (int)(await server.Reader.GetJsonAsync($"/v1/users/{user}/journey"))["count"]!;

    private Task<JsonNode> EraseAsync(string path) => SendAsync(HttpMethod.Delete, path);

    private Task<HttpResponseMessage> DeleteAsync(string path) => server.Anyone.SendAsync(Request(HttpMethod.Delete, path));

    private async Task<JsonNode> SendAsync(HttpMethod method, string path)
    {
        using var response = await server.Anyone.SendAsync(Request(method, path));
        Assert.True((int)response.StatusCode == 200, await response.Content.ReadAsStringAsync());
        return await response.JsonAsync();
    }

    private static HttpRequestMessage Request(HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ServerFixture.AdminToken);
        return request;
    }

    private async Task<long> ScrapeAsync(string what)
    {
        var series = what == "erased" ? "grainanalytics_erased_events_total " : "grainanalytics_events_stored_total ";
        var text = await server.Anyone.GetStringAsync("/metrics");
        var line = text.Split('\n').FirstOrDefault(line => line.StartsWith(series, StringComparison.Ordinal));
        Assert.True(line is not null, $"no {series} in {text}");
        return (long)double.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }
}
