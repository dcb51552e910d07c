using GrainAnalytics.Web.Documentation;

namespace GrainAnalytics.Web.Statistics;

/// <summary>What the document says of statistics.</summary>
internal static class StatsDescriptions
{
    private const string Tag = "Statistics";
    private const string Csv = "With Accept: text/csv the same as CSV: a header line, then a line a row.";

    public static ApiOperation DailyActiveUsers { get; } = new("getDailyActiveUsers", Tag, "Active users a day")
    {
        Description = Csv,
        Key = DocumentTransformer.ApiKey,
        Parameters = SharedShapes.Days,
        Answers =
        [
            new(200, "Every day of the range, zeros included.",
                new ApiContent("application/json", Shape.Members(
                    ("timeZone", Shape.Text("The site's time zone, IANA.")),
                    ("data", Shape.List(Shape.Members(("date", Shape.Date("A local day.")), ("activeUsers", Shape.Whole("Users with a counted event.")))))),
                    """{"timeZone":"Europe/Berlin","data":[{"date":"2026-01-30","activeUsers":0},{"date":"2026-01-31","activeUsers":1204}]}"""),
                new ApiContent("text/csv", Shape.Text("RFC 4180."), "date,activeUsers\r\n2026-01-30,0\r\n2026-01-31,1204\r\n")),
        ],
        Problems = SharedShapes.ReadProblems,
    };

    public static ApiOperation TopEvents { get; } = new("getTopEvents", Tag, "The most frequent types of events")
    {
        Description = Csv,
        Key = DocumentTransformer.ApiKey,
        Parameters = [.. SharedShapes.Days, new("limit", "Most types; 10 without.", Shape.Whole("1 to 1000", 1, 1000), "10")],
        Answers =
        [
            new(200, "Most first, equal counts by name.",
                new ApiContent("application/json", Shape.Members(("data", Shape.List(Shape.Members(
                    ("type", Shape.Id("The type.")), ("count", Shape.Whole("Its events.")))))),
                    """{"data":[{"type":"page_view","count":48211},{"type":"sign_up","count":310}]}"""),
                new ApiContent("text/csv", Shape.Text("RFC 4180."), "type,count\r\npage_view,48211\r\nsign_up,310\r\n")),
        ],
        Problems = SharedShapes.ReadProblems,
    };
}
