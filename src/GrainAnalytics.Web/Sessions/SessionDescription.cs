using GrainAnalytics.Core.Sessions;
using GrainAnalytics.Web.Documentation;

namespace GrainAnalytics.Web.Sessions;

/// <summary>What the document says of session lookups.</summary>
internal static class SessionDescription
{
    public static ApiOperation Get { get; } = new("getSession", "Users and sessions", "A session with its newest events")
    {
        Key = DocumentTransformer.ApiKey,
        Parameters = [new("id", "The sender's session id.", Shape.Id("1 to 200 characters."), "s-2026-01-31-7", IsInPath: true)],
        Answers =
        [
            new(200, "The session.", new ApiContent("application/json", Shape.Members(
                ("sessionId", Shape.Id("The session.")),
                ("userId", Shape.Id("The user of its newest event.")),
                ("startedAt", Shape.Time("Its earliest occurredAt.")),
                ("lastSeenAt", Shape.Time("Its latest occurredAt.")),
                ("eventCount", Shape.Whole("All its events, also those not listed.")),
                ("events", Shape.List(Shape.Event, $"Newest first, at most {SessionState.MaxEvents}."))),
                $$"""
                {"sessionId":"s-2026-01-31-7","userId":"user-42","startedAt":"2026-01-31T12:00:00.000Z","lastSeenAt":"2026-01-31T12:00:00.000Z",
                 "eventCount":1,"events":[{{SharedShapes.EventExample}}]}
                """)),
        ],
        Problems = [.. SharedShapes.ReadProblems, (404, "session-not-found", "No event of this site names this session.")],
    };
}
