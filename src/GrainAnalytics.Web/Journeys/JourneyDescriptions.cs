using GrainAnalytics.Web.Documentation;

namespace GrainAnalytics.Web.Journeys;

/// <summary>What the document says of journey lookups.</summary>
internal static class JourneyDescriptions
{
    private const string Users = "Users and sessions";

    public static ApiOperation ByPath { get; } = Lookup("getUserJourney", "A user's events, newest first", isInPath: true);

    public static ApiOperation ByQuery { get; } = Lookup("getJourney", "A user's events, for any user id", isInPath: false);

    private static ApiOperation Lookup(string id, string summary, bool isInPath) => new(id, Users, summary)
    {
        Description = isInPath ? "For ids without slashes and dot segments; /v1/journey?userId= takes any." : "Like /v1/users/{userId}/journey, also for ids with slashes.",
        Key = DocumentTransformer.ApiKey,
        Parameters =
        [
            new("userId", "The user.", Shape.Id("1 to 200 characters."), "user-42", isInPath, IsRequired: true),
            new("from", "Earliest occurredAt, inclusive; a date is its first instant in UTC.", Shape.Time("ISO 8601"), "2026-01-01T00:00:00Z"),
            new("to", "Latest occurredAt, inclusive; a date is its last instant in UTC.", Shape.Time("ISO 8601"), "2026-01-31T23:59:59Z"),
            new("type", "Only events of this type.", Shape.Id("A type."), "page_view"),
            new("limit", "Most events in the page; 100 without.", Shape.Whole("1 to 1000", 1, 1000), "100"),
            new("cursor", "The nextCursor of the page before.", Shape.Text("Opaque."), "AAZHqQw2AAAwMTkzOGY2ZQ"),
        ],
        Answers =
        [
            new(200, "A page; empty for an unknown user.", new ApiContent("application/json", Shape.WithOptional(["userId", "count", "events", "nextCursor"],
                ("userId", Shape.Id("The user.")),
                ("partial", Shape.Flag("True, and only there, when the database did not answer: stored events may be missing.")),
                ("count", Shape.Whole("Events in this page.")),
                ("events", Shape.List(Shape.Event, "Newest first; equal times by eventId, descending.")),
                ("nextCursor", Shape.OptionalText("Asks for the next page; null on the last."))),
                $$"""{"userId":"user-42","count":1,"events":[{{SharedShapes.EventExample}}],"nextCursor":null}""")),
        ],
        Problems = SharedShapes.ReadProblems,
    };
}
