using GrainAnalytics.Web.Documentation;

namespace GrainAnalytics.Web.Statistics;

/// <summary>What the document says of pages, sessions and breakdowns.</summary>
internal static class VisitDescriptions
{
    private const string ErrorText = "0: exact; else the standard error as a share of the number.";

    public static ApiOperation Breakdown { get; } = StatsDescriptions.Statistic("getBreakdown", "Events by what visitors came from and used",
        [
            .. StatsDescriptions.Range,
            new("by", "page, referrer, source, medium, campaign, term, content, channel, country, language, device, browser, os, screen, host, or payload. and the name of a member, "
                + "inner ones with dots between.", Shape.Text("The dimension."), "browser", IsRequired: true),
            new("limit", "Most values; 10 without.", Shape.Whole("1 to 1000", 1, 1000), "10"),
        ],
        "Values with most events first. Events without a value are left out.",
        StatsDescriptions.Data([("by", Shape.Text("As asked."))], ("value", Shape.Text("The value.")), ("count", Shape.Whole("Counted events.")),
            ("users", Shape.Whole("Different users.")), ("usersError", Shape.Number(ErrorText))),
        """{"by":"browser","data":[{"value":"Firefox","count":4211,"users":603,"usersError":0.046}]}""", "value,count,users,usersError\r\nFirefox,4211,603,0.046\r\n");

    public static ApiOperation Pages { get; } = StatsDescriptions.Statistic("getPages", "What happened on pages",
        [.. StatsDescriptions.Range, new("limit", "Most pages; 10 without.", Shape.Whole("1 to 1000", 1, 1000), "10")],
        "Pages with most views first.",
        StatsDescriptions.Data(null, ("page", Shape.Text("Path.")), ("views", Shape.Whole("Page views.")), ("visitors", Shape.Whole("Different users.")),
            ("visitorsError", Shape.Number(ErrorText)), ("entries", Shape.Whole("Sessions that began here.")), ("exits", Shape.Whole("Sessions that ended here.")),
            ("timeOnPageMs", Shape.Number("Milliseconds of attention a view; null without views.")), ("engagedMs", Shape.Whole("Milliseconds of attention."))),
        """{"data":[{"page":"/pricing","views":90,"visitors":71,"visitorsError":0,"entries":12,"exits":31,"timeOnPageMs":18211.5,"engagedMs":1639035}]}""",
        "page,views,visitors,visitorsError,entries,exits,timeOnPageMs,engagedMs\r\n/pricing,90,71,0,12,31,18211.5,1639035\r\n");

    public static ApiOperation Sessions { get; } = StatsDescriptions.Statistic("getSessions", "Sessions that began in the range", StatsDescriptions.Range,
        "Numbers of sessions with a counted event. Ratios, durations and averages are null without sessions.",
        Shape.Members(("timeZone", Shape.Text("The site's time zone, IANA.")), ("sessions", Shape.Whole("How many.")), ("bounces", Shape.Whole("With a single counted event.")),
            ("bounceRate", Shape.Number("bounces / sessions.")), ("medianDurationSeconds", Shape.Whole("Whole seconds from first to last event that half do not exceed.")),
            ("p90DurationSeconds", Shape.Whole("That nine in ten do not exceed.")), ("averageDurationSeconds", Shape.Number("Mean.")),
            ("pageViews", Shape.Whole("Page views in them.")), ("pagesPerSession", Shape.Number("pageViews / sessions."))),
        """{"timeZone":"UTC","sessions":40,"bounces":10,"bounceRate":0.25,"medianDurationSeconds":61,"p90DurationSeconds":410,"averageDurationSeconds":103.5,"pageViews":96,"pagesPerSession":2.4}""",
        "sessions,bounces,bounceRate,medianDurationSeconds,p90DurationSeconds,averageDurationSeconds,pageViews,pagesPerSession\r\n40,10,0.25,61,410,103.5,96,2.4\r\n");

    public static ApiOperation Funnel { get; } = StatsDescriptions.Statistic("getFunnel", "Users who went through steps in order",
        [
            .. StatsDescriptions.Range, new("steps", "Types in order, with commas between them; at most 20. A step may have a filter in brackets: page_view[page==/pricing].", Shape.Text("Types."), "page_view,sign_up,purchase", IsRequired: true),
            new("within", "Longest time from the first step to the last: 30m, 24h, 7d or seconds; any without.", Shape.Text("A time."), "7d"),
        ],
        "For each step the users who got that far within the range; the best attempt of a user counts.",
        Shape.Members(("steps", Shape.List(Shape.Members(("type", Shape.Id("The step's type.")), ("users", Shape.Whole("Who got here.")),
            ("conversion", Shape.Number("Their share of the first step's users.")))))),
        """{"steps":[{"type":"page_view","users":900,"conversion":1},{"type":"sign_up","users":90,"conversion":0.1}]}""",
        "type,users,conversion\r\npage_view,900,1\r\nsign_up,90,0.1\r\n");

    public static ApiOperation Paths { get; } = StatsDescriptions.Statistic("getPaths", "What users did next",
        [
            .. StatsDescriptions.Range, new("from_type", "Next after events of this type.", Shape.Id("The type."), "page_view", IsRequired: true),
            new("limit", "Most next types; 10 without.", Shape.Whole("1 to 1000", 1, 1000), "10"),
        ],
        "The next counted event of the same user in the same session, most frequent first.",
        StatsDescriptions.Data([("fromType", Shape.Text("As asked."))], ("type", Shape.OptionalText("Its type; null: there was none.")), ("count", Shape.Whole("How often.")),
            ("users", Shape.Whole("Different users."))),
        """{"fromType":"page_view","data":[{"type":"page_view","count":512,"users":210},{"type":null,"count":300,"users":280}]}""",
        "type,count,users\r\npage_view,512,210\r\n,300,280\r\n");
}
