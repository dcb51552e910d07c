using GrainAnalytics.Web.Documentation;

namespace GrainAnalytics.Web.Live;

/// <summary>What the document says of the live feed.</summary>
internal static class LiveDescription
{
    public static ApiOperation Live { get; } = new("watchLive", "Live", "Today's counters and the latest events, as they are stored")
    {
        Description = """
            Server-sent events. First comes `snapshot`: `date` and `timeZone` of the site's day, `activeUsers` today, `activeNow` (users of
            the last five minutes), `counters` by type, and the latest `events` by arrival, newest first. Then `update` at every change, at
            most ten a second: the same members, but of `counters` and `events` only what changed since the one before. Counters are totals,
            never differences, and may fall. A `snapshot` in between (at midnight) replaces everything. Lines that begin with a colon say
            nothing. The stream never ends by itself: connect again when it does, for a fresh snapshot. A client that reads too slowly is
            disconnected. A browser's EventSource cannot send headers: give it the key as `?writeKey=`.
            """,
        Key = DocumentTransformer.ApiKey,
        Answers =
        [
            new(200, "The stream.", new ApiContent("text/event-stream", Shape.Text("Server-sent events."), """
                event: snapshot
                data: {"date":"2026-01-31","timeZone":"Europe/Berlin","activeUsers":1204,"activeNow":17,"counters":{"page_view":48211,"sign_up":310},"events":[]}

                event: update
                data: {"activeUsers":1204,"activeNow":18,"counters":{"page_view":48212},"events":[]}


                """)),
        ],
        Problems =
        [
            .. SharedShapes.ReadProblems.Where(problem => problem.Status != 400),
            (503, "too-many-viewers", "Too many viewers are connected here; try again later."),
            (503, "shutting-down", "The server is stopping."),
        ],
    };
}
