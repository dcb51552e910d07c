using Microsoft.OpenApi;

namespace GrainAnalytics.Web.Documentation;

/// <summary>Schemas and parameters that several endpoints have in common.</summary>
internal static class SharedShapes
{
    /// <summary>An event as lookups show it.</summary>
    public const string EventExample = """
        {"eventId":"01938f6e-7c1a-7000-8000-4f2d9c6b1a01","userId":"user-42","sessionId":"s-2026-01-31-7","type":"page_view",
         "payload":{"path":"/pricing","referrer":"https://example.org/"},"occurredAt":"2026-01-31T12:00:00.000Z","receivedAt":"2026-01-31T12:00:00.104Z"}
        """;

    public static OpenApiSchema Event() => Shape.Members(
        ("eventId", Shape.Id("The sender's id, or the one that was given to an event without.")),
        ("userId", Shape.Id("The user; the anonymous id of an event without.")),
        ("sessionId", Shape.OptionalText("The session; null without.")),
        ("type", Shape.Id("The type.")),
        ("payload", Shape.Anything("As it was sent; {} without.")),
        ("occurredAt", Shape.Time("When it happened, corrected by sentAt.")),
        ("receivedAt", Shape.Time("When it arrived.")));

    public static OpenApiSchema Problem() => Shape.WithOptional(["type", "title", "status", "detail"],
        ("type", Shape.Text("urn:grainanalytics: and a stable name.")),
        ("title", Shape.Text("The status in words.")),
        ("status", Shape.Whole("The HTTP status.")),
        ("detail", Shape.Text("What was wrong, for people.")),
        ("errors", new OpenApiSchema { Description = "By parameter: {name: [what]}; of events: [{index, code, detail}]." }));

    /// <summary>The days of a statistic.</summary>
    public static IReadOnlyList<ApiParameter> Days =>
    [
        new("from", "First day in the site's time zone; 29 days before `to` without.", Shape.Date("yyyy-MM-dd"), "2026-01-01"),
        new("to", "Last day in the site's time zone; today without. At most 3,660 days.", Shape.Date("yyyy-MM-dd"), "2026-01-31"),
    ];

    /// <summary>Refusals of every lookup.</summary>
    public static IReadOnlyList<(int Status, string Code, string Detail)> ReadProblems =>
    [
        (400, "invalid-parameter", "limit: must be a whole number from 1 to 1000."),
        (401, "unknown-key", "The key is not known."),
        (401, "missing-key", "An API key is required: Authorization: Bearer KEY, X-Write-Key, or ?writeKey=."),
        (403, "write-key-cannot-read", "A write key may only send; reading needs the site's API key."),
        (429, "address-rate-limited", "Too many requests come from this address; try again after Retry-After."),
        (503, "store-unavailable", "The database does not answer; try again later."),
        (503, "read-timeout", "The database took too long; try again later."),
    ];
}
