using GrainAnalytics.Web.Tests.Support;

namespace GrainAnalytics.Web.Tests;

/// <summary>A short history in Berlin, over the end of winter time, with what visitors came from and used.</summary>
public sealed class BerlinServer : ServerFixture
{
    protected override IEnumerable<string> Settings => ["--Bootstrap:TimeZone=Europe/Berlin"];

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        // 29 March 2026 has 23 hours; 23:30Z of the 28th is 00:30 of the 29th.
        await Writer.SendAsync("""
            [{"type":"page_view","userId":"ada","sessionId":"a1","occurredAt":"2026-03-23T10:00:00Z","payload":{"url":"https://example.org/"}},
             {"type":"page_view","userId":"ada","sessionId":"a1","occurredAt":"2026-03-23T10:01:30Z","payload":{"url":"https://example.org/pricing"}},
             {"type":"purchase","userId":"ada","sessionId":"a1","occurredAt":"2026-03-23T10:02:00.500Z"},
             {"type":"page_view","userId":"bob","sessionId":"b1","occurredAt":"2026-03-28T23:30:00Z","payload":{"url":"https://example.org/"}},
             {"type":"page_view","userId":"ada","sessionId":"a2","occurredAt":"2026-03-31T08:00:00Z","payload":{"url":"https://example.org/"}},
             {"type":"identify","userId":"cleo","occurredAt":"2026-03-31T08:00:00Z"}]
            """);
    }
}

public sealed class AnalyticsTests(BerlinServer server) : IClassFixture<BerlinServer>
{
    private const string March = "from=2026-03-23&to=2026-03-31";

    [Theory]
    [InlineData("/v1/stats/wau?from=2026-03-25&to=2026-03-31",
        """{"timeZone":"Europe/Berlin","data":[{"date":"2026-03-23","activeUsers":2},{"date":"2026-03-30","activeUsers":1}]}""")]
    [InlineData("/v1/stats/mau?from=2026-02-10&to=2026-03-01",
        """{"timeZone":"Europe/Berlin","data":[{"date":"2026-02-01","activeUsers":0},{"date":"2026-03-01","activeUsers":2}]}""")]
    [InlineData("/v1/stats/timeseries?metric=pageviews&interval=week&" + March,
        """{"timeZone":"Europe/Berlin","metric":"pageviews","interval":"week","data":[{"date":"2026-03-23","count":3},{"date":"2026-03-30","count":1}]}""")]
    [InlineData("/v1/stats/timeseries?metric=users&interval=month&" + March,
        """{"timeZone":"Europe/Berlin","metric":"users","interval":"month","data":[{"date":"2026-03-01","count":2}]}""")]
    [InlineData("/v1/stats/retention?window=weekly&periods=1&" + March,
        """{"window":"weekly","cohorts":[{"cohort":"2026-03-23","size":2,"retained":[2,1]}]}""")]
    [InlineData("/v1/stats/retention?window=daily&periods=8&from=2026-03-23&to=2026-03-23",
        """{"window":"daily","cohorts":[{"cohort":"2026-03-23","size":1,"retained":[1,0,0,0,0,0,0,0,1]}]}""")]
    [InlineData("/v1/metrics?" + March + "&event_type=page_view",
        """{"count":3,"data":[{"date":"2026-03-23","metrics":[{"eventType":"page_view","count":2}]},{"date":"2026-03-29","metrics":[{"eventType":"page_view","count":1}]},{"date":"2026-03-31","metrics":[{"eventType":"page_view","count":1}]}]}""")]
    [InlineData("/v1/metrics?date=2026-03-23",
        """{"count":1,"data":[{"date":"2026-03-23","metrics":[{"eventType":"page_view","count":2},{"eventType":"purchase","count":1}]}]}""")]
    [InlineData("/v1/stats/sessions?" + March,
        """{"timeZone":"Europe/Berlin","sessions":3,"bounces":2,"bounceRate":0.6667,"medianDurationSeconds":0,"p90DurationSeconds":120,"averageDurationSeconds":40.1667,"pageViews":4,"pagesPerSession":1.3333}""")]
    [InlineData("/v1/stats/funnel?steps=page_view,purchase&" + March,
        """{"steps":[{"type":"page_view","users":2,"conversion":1},{"type":"purchase","users":1,"conversion":0.5}]}""")]
    [InlineData("/v1/stats/funnel?steps=page_view[page==/pricing],purchase&within=30s&" + March,
        """{"steps":[{"type":"page_view","users":1,"conversion":1},{"type":"purchase","users":0,"conversion":0}]}""")]
    [InlineData("/v1/stats/funnel?steps=page_view[page==/pricing,page==/],purchase&within=31&" + March,
        """{"steps":[{"type":"page_view","users":2,"conversion":1},{"type":"purchase","users":1,"conversion":0.5}]}""")]
    [InlineData("/v1/stats/paths?from_type=page_view&" + March,
        """{"fromType":"page_view","data":[{"type":null,"count":2,"users":2},{"type":"page_view","count":1,"users":1},{"type":"purchase","count":1,"users":1}]}""")]
    [InlineData("/v1/stats/pages?" + March,
        """{"data":[{"page":"/","views":3,"visitors":2,"visitorsError":0,"entries":3,"exits":2,"timeOnPageMs":0,"engagedMs":0},{"page":"/pricing","views":1,"visitors":1,"visitorsError":0,"entries":0,"exits":1,"timeOnPageMs":0,"engagedMs":0}]}""")]
    [InlineData("/v1/stats/breakdown?by=page&filter=user==ada&" + March,
        """{"by":"page","data":[{"value":"/","count":2,"users":1,"usersError":0},{"value":"/pricing","count":1,"users":1,"usersError":0}]}""")]
    [InlineData("/v1/stats/breakdown?by=payload.url&limit=1&" + March,
        """{"by":"payload.url","data":[{"value":"https://example.org/","count":3,"users":2,"usersError":0}]}""")]
    [InlineData("/v1/stats/timeseries?interval=minute&metric=users&from=2026-03-23&to=2026-03-23&filter=type==nothing", null)]
    [InlineData("/v1/users?query=a",
        """{"count":1,"users":[{"userId":"ada","firstSeen":"2026-03-23T10:00:00.000Z","lastSeen":"2026-03-31T08:00:00.000Z","events":4,"sessions":2}],"nextCursor":null}""")]
    [InlineData("/v1/users/profile?userId=cleo",
        """{"userId":"cleo","firstSeen":"2026-03-31T08:00:00.000Z","lastSeen":"2026-03-31T08:00:00.000Z","events":0,"sessions":0,"traits":{},"groups":[]}""")]
    public async Task Answers(string path, string? expected)
    {
        var answer = await server.Reader.GetStringAsync(path);
        if (expected is not null) Assert.Equal(expected, answer);
        else Assert.Equal(24 * 60, System.Text.Json.Nodes.JsonNode.Parse(answer)!["data"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_day_of_23_hours_has_23()
    {
        var hours = (await server.Reader.GetJsonAsync("/v1/stats/timeseries?interval=hour&from=2026-03-29&to=2026-03-29"))["data"]!.AsArray();
        Assert.Equal(23, hours.Count);
        Assert.Equal(("2026-03-28T23:00:00.000Z", 1), ((string)hours[0]!["date"]!, (int)hours[0]!["count"]!));
    }

    [Theory]
    [InlineData("/v1/stats/retention?window=weekly&periods=2&" + March, "cohort,size,retained0,retained1,retained2\r\n2026-03-23,2,2,1,0\r\n")]
    [InlineData("/v1/metrics?date=2026-03-29", "date,eventType,count\r\n2026-03-29,page_view,1\r\n")]
    [InlineData("/v1/stats/sessions?from=2026-01-01&to=2026-01-02",
        "sessions,bounces,bounceRate,medianDurationSeconds,p90DurationSeconds,averageDurationSeconds,pageViews,pagesPerSession\r\n0,0,,,,,0,\r\n")]
    public async Task Csv_has_the_columns_of_the_json(string path, string expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd("text/csv");
        using var response = await server.Reader.SendAsync(request);
        Assert.Equal(expected, await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("/v1/stats/wau?from=2026-03-02&to=2026-03-01", "from")]
    [InlineData("/v1/stats/timeseries?metric=money", "metric")]
    [InlineData("/v1/stats/timeseries?interval=hour&from=2024-01-01&to=2026-01-01", "from")]
    [InlineData("/v1/stats/timeseries?interval=Hour", "interval")]
    [InlineData("/v1/stats/retention?window=weekly&periods=0", "periods")]
    [InlineData("/v1/stats/breakdown", "by")]
    [InlineData("/v1/stats/breakdown?by=shoes", "by")]
    [InlineData("/v1/metrics?date=2026-03-29&from=2026-03-01", "date")]
    [InlineData("/v1/stats/dau?filter=plan==pro", "filter")]
    [InlineData("/v1/stats/dau?bots=some", "bots")]
    [InlineData("/v1/stats/funnel", "steps")]
    [InlineData("/v1/stats/funnel?steps=a,,b", "steps")]
    [InlineData("/v1/stats/funnel?steps=a[b==c],d", "steps")]
    [InlineData("/v1/stats/funnel?steps=a&within=soon", "within")]
    [InlineData("/v1/stats/paths", "from_type")]
    [InlineData("/v1/stats/breakdown?by=payload.", "by")]
    [InlineData("/v1/users?sort=name", "sort")]
    [InlineData("/v1/users?cursor=12", "cursor")]
    [InlineData("/v1/users?cursor=99999999999999999999.a", "cursor")]
    [InlineData("/v1/users/profile", "userId")]
    [InlineData("/v1/users/a%2Fb", "userId")]
    public async Task Bad_parameters_are_named(string path, string parameter)
    {
        using var response = await server.Reader.GetAsync(path);
        Assert.NotNull((await response.ProblemAsync(400, "invalid-parameter"))["errors"]![parameter]);
    }

    [Fact]
    public async Task Pages_of_users_lead_to_all_of_them()
    {
        var seen = new List<string>();
        for (var path = "/v1/users?limit=1"; path is not null;)
        {
            var page = await server.Reader.GetJsonAsync(path);
            seen.AddRange(page["users"].Texts("userId"));
            path = (string?)page["nextCursor"] is { } cursor ? $"/v1/users?limit=1&cursor={Uri.EscapeDataString(cursor)}" : null;
        }
        Assert.Equal(["cleo", "ada", "bob"], seen.Where(user => user != "stepper"));
    }

    [Fact]
    public async Task Events_of_a_request_without_ids_and_times_happened_in_its_order()
    {
        await server.Writer.SendAsync($"[{string.Join(',', Enumerable.Range(0, 40).Select(i => $$"""{"type":"step-{{i}}","userId":"stepper"}"""))}]");
        var steps = (await server.Reader.GetJsonAsync("/v1/stats/funnel?steps=step-0,step-9,step-17,step-39"))["steps"]!.AsArray();
        Assert.All(steps, step => Assert.Equal(1, (int)step!["users"]!));
        Assert.Equal(Enumerable.Range(0, 40).Reverse().Select(i => $"step-{i}"), (await server.Reader.GetJsonAsync("/v1/users/stepper/journey"))["events"].Texts("type"));
    }

    [Fact]
    public async Task An_unknown_user_is_404()
    {
        using var response = await server.Reader.GetAsync("/v1/users/nobody");
        await response.ProblemAsync(404, "unknown-user");
    }
}
