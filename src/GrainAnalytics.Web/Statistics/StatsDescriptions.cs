using GrainAnalytics.Web.Documentation;
using Microsoft.OpenApi;

namespace GrainAnalytics.Web.Statistics;

/// <summary>What the document says of counts over time.</summary>
internal static class StatsDescriptions
{
    private const string Tag = "Statistics";
    private const string Csv = "With Accept: text/csv the same as CSV: a header line, then a line a row.";

    public static ApiOperation DailyActiveUsers { get; } = ActiveUsers("getDailyActiveUsers", "Active users a day", "A local day.", "2026-01-30", "2026-01-31");

    public static ApiOperation WeeklyActiveUsers { get; } = ActiveUsers("getWeeklyActiveUsers", "Active users an ISO week", "The week's Monday.", "2026-01-19", "2026-01-26");

    public static ApiOperation MonthlyActiveUsers { get; } = ActiveUsers("getMonthlyActiveUsers", "Active users a month", "First day of the month.", "2025-12-01", "2026-01-01");

    public static ApiOperation TopEvents { get; } = Statistic("getTopEvents", "The most frequent types of events",
        [.. Range, new("limit", "Most types; 10 without.", Shape.Whole("1 to 1000", 1, 1000), "10")],
        "Most first, equal counts by name.",
        Data(null, ("type", Shape.Id("The type.")), ("count", Shape.Whole("Its events."))),
        """{"data":[{"type":"page_view","count":48211},{"type":"sign_up","count":310}]}""", "type,count\r\npage_view,48211\r\nsign_up,310\r\n");

    public static ApiOperation TimeSeries { get; } = Statistic("getTimeSeries", "A metric over time",
        [
            .. Range,
            new("metric", "What is counted; events without.", Shape.Word("The metric.", "events", "users", "sessions", "pageviews"), "events"),
            new("interval", "In what steps; day without. At most 400 days by hour, 7 by minute.", Shape.Word("The step.", "minute", "hour", "day", "week", "month"), "day"),
            new("type", "Only events of this type.", Shape.Id("The type."), "purchase"),
        ],
        "Every step of the range, zeros included. Weeks and months that the range cuts are counted whole.",
        Data([("timeZone", Shape.Text("The site's time zone, IANA.")), ("metric", Shape.Text("As asked.")), ("interval", Shape.Text("As asked."))],
            ("date", Shape.Text("First local day of the step; the instant at which it begins for hours and minutes.")), ("count", Shape.Whole("The metric."))),
        """{"timeZone":"UTC","metric":"events","interval":"day","data":[{"date":"2026-01-30","count":0},{"date":"2026-01-31","count":48211}]}""",
        "date,count\r\n2026-01-30,0\r\n2026-01-31,48211\r\n");

    public static ApiOperation Metrics { get; } = Statistic("getDailyMetrics", "Events by day and type",
        [
            .. Range, new("date", "One day, instead of from and to.", Shape.Date("yyyy-MM-dd"), "2026-01-31"),
            new("event_type", "Only this type.", Shape.Id("The type."), "page_view"),
        ],
        "Days and types without events are left out.",
        Shape.Members(("count", Shape.Whole("Days.")), ("data", Shape.List(Shape.Members(("date", Shape.Date("A local day.")), ("metrics", Shape.List(Shape.Members(
            ("eventType", Shape.Id("The type.")), ("count", Shape.Whole("Its events."))))))))),
        """{"count":1,"data":[{"date":"2026-01-31","metrics":[{"eventType":"page_view","count":48211}]}]}""", "date,eventType,count\r\n2026-01-31,page_view,48211\r\n");

    public static ApiOperation Retention { get; } = Statistic("getRetention", "Users who came back, by the period of their first event ever",
        [
            .. Range,
            new("window", "Length of the periods; weekly without.", Shape.Word("The length.", "daily", "weekly", "monthly"), "weekly"),
            new("periods", "Most periods behind the first; 30 days, 12 weeks or 12 months without.", Shape.Whole("1 to 400", 1, 400), "12"),
        ],
        "The cohorts whose period from and to touch; periods that have not begun are left out.",
        Shape.Members(("window", Shape.Text("As asked.")), ("cohorts", Shape.List(Shape.Members(("cohort", Shape.Date("First day of the cohort's period.")),
            ("size", Shape.Whole("Users.")), ("retained", Shape.List(Shape.Whole("Of these, active in the nth period from it."))))))),
        """{"window":"weekly","cohorts":[{"cohort":"2026-01-19","size":204,"retained":[204,61]},{"cohort":"2026-01-26","size":180,"retained":[180]}]}""",
        "cohort,size,retained0,retained1\r\n2026-01-19,204,204,61\r\n2026-01-26,180,180,\r\n");

    /// <summary>Parameters of every statistic.</summary>
    internal static IReadOnlyList<ApiParameter> Range =>
        [.. SharedShapes.Days,
            new("filter", "Only events that match: docs/analytics.md has the grammar. Reads raw events.", Shape.Text("A filter."), "type==purchase;payload.plan==pro|team"),
            new("bots", "include: count what crawlers sent, too; exclude without.", Shape.Word("Crawlers.", "exclude", "include"), "exclude")];

    /// <summary>The description of a statistic.</summary>
    internal static ApiOperation Statistic(string id, string summary, IReadOnlyList<ApiParameter> parameters, string answer, OpenApiSchema shape, string json, string csv) =>
        new(id, Tag, summary)
        {
            Description = Csv,
            Key = DocumentTransformer.ApiKey,
            Parameters = parameters,
            Answers = [new(200, answer, new ApiContent("application/json", shape, json), new ApiContent("text/csv", Shape.Text("RFC 4180."), csv))],
            Problems =
            [
                .. SharedShapes.ReadProblems, (503, "scan-too-long", "The question needs the raw events, and reading them took longer than 10 s. Ask for fewer days or without a filter."),
                (503, "scans-busy", "Other questions read the raw events; this one waited 10 s for its turn. Try again later."),
            ],
        };

    /// <summary>Members and then a list of rows.</summary>
    internal static OpenApiSchema Data((string, IOpenApiSchema)[]? members, params (string, IOpenApiSchema)[] columns) =>
        Shape.Members([.. members ?? [], ("data", Shape.List(Shape.Members(columns)))]);

    private static ApiOperation ActiveUsers(string id, string summary, string date, string before, string last) => Statistic(id, summary, Range,
        "Every period that the range touches, counted whole, zeros included.",
        Data([("timeZone", Shape.Text("The site's time zone, IANA."))], ("date", Shape.Date(date)), ("activeUsers", Shape.Whole("Users with a counted event."))),
        $$"""{"timeZone":"Europe/Berlin","data":[{"date":"{{before}}","activeUsers":0},{"date":"{{last}}","activeUsers":1204}]}""",
        $"date,activeUsers\r\n{before},0\r\n{last},1204\r\n");
}
