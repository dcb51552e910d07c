using GrainAnalytics.Web.Tests.Support;

namespace GrainAnalytics.Web.Tests;

/// <summary>A site at +05:30, so that its days differ from UTC's and its hours do not begin at whole ones.</summary>
public sealed class KolkataServer : ServerFixture
{
    protected override IEnumerable<string> Settings => ["--Bootstrap:TimeZone=Asia/Kolkata"];

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await Writer.SendAsync("""
            [{"type":"view","userId":"u1","occurredAt":"2026-03-01T18:29:59.999999Z"},
             {"type":"view","userId":"u1","occurredAt":"2026-03-01T18:30:00Z"},
             {"type":"view","userId":"u2","occurredAt":"2026-03-02T10:00:00Z"},
             {"type":"buy, \"now\"","userId":"u2","occurredAt":"2026-03-02T18:29:59Z"},
             {"type":"identify","userId":"u3","occurredAt":"2026-03-02T10:00:00Z"}]
            """);
    }
}

public sealed class StatsTests(KolkataServer server) : IClassFixture<KolkataServer>
{
    [Fact]
    public async Task Active_users_are_counted_by_the_sites_own_days_zeros_included() => Assert.Equal(
        """{"timeZone":"Asia/Kolkata","data":[{"date":"2026-02-28","activeUsers":0},{"date":"2026-03-01","activeUsers":1},{"date":"2026-03-02","activeUsers":2},{"date":"2026-03-03","activeUsers":0}]}""",
        await server.Reader.GetStringAsync("/v1/stats/dau?from=2026-02-28&to=2026-03-03"));

    [Fact]
    public async Task Top_events_are_those_of_the_sites_own_days()
    {
        Assert.Equal("""{"data":[{"type":"view","count":2},{"type":"buy, \"now\"","count":1}]}""",
            await server.Reader.GetStringAsync("/v1/stats/top-events?from=2026-03-02&to=2026-03-02"));
        Assert.Equal("""{"data":[{"type":"view","count":3}]}""",
            await server.Reader.GetStringAsync("/v1/stats/top-events?from=2026-03-01&to=2026-03-02&limit=1"));
    }

    [Theory]
    [InlineData("/v1/stats/dau?from=2026-03-01&to=2026-03-02", "date,activeUsers\r\n2026-03-01,1\r\n2026-03-02,2\r\n")]
    [InlineData("/v1/stats/top-events?from=2026-03-02&to=2026-03-02", "type,count\r\nview,2\r\n\"buy, \"\"now\"\"\",1\r\n")]
    public async Task Csv_has_the_columns_of_the_json(string path, string expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd("application/json;q=0.5, text/csv");
        using var response = await server.Reader.SendAsync(request);
        Assert.Equal("text/csv", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(expected, await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Thirty_days_up_to_the_sites_today_are_the_default()
    {
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(DateTimeOffset.UtcNow, TimeZoneInfo.FindSystemTimeZoneById("Asia/Kolkata")).DateTime);
        var days = (await server.Reader.GetJsonAsync("/v1/stats/dau"))["data"].Texts("date");
        Assert.Equal(30, days.Length);
        Assert.InRange(DateOnly.Parse(days[^1]).DayNumber, today.DayNumber, today.DayNumber + 1);      // midnight may pass meanwhile
        Assert.Equal("2026-02-01", (await server.Reader.GetJsonAsync("/v1/stats/dau?to=2026-03-02"))["data"].Texts("date")[0]);
    }

    [Fact]
    public async Task Range_may_have_ten_years()
    {
        Assert.Equal(3660, (await server.Reader.GetJsonAsync("/v1/stats/dau?from=2020-01-01&to=2030-01-07"))["data"]!.AsArray().Count);
        using var response = await server.Reader.GetAsync("/v1/stats/dau?from=2020-01-01&to=2030-01-08");
        Assert.NotNull((await response.ProblemAsync(400, "invalid-parameter"))["errors"]!["from"]);
    }

    [Fact]
    public async Task Dates_at_the_ends_of_the_calendar_are_answered()
    {
        foreach (var day in (string[])["1900-01-01", "1969-12-31", "9998-12-31"])
        {
            Assert.Single((await server.Reader.GetJsonAsync($"/v1/stats/dau?from={day}&to={day}"))["data"]!.AsArray());
            Assert.Empty((await server.Reader.GetJsonAsync($"/v1/stats/top-events?from={day}&to={day}"))["data"]!.AsArray());
        }
        Assert.Equal(30, (await server.Reader.GetJsonAsync("/v1/stats/dau?to=1900-01-01"))["data"]!.AsArray().Count);
    }
}
