using GrainAnalytics.Web.Documentation;
using Microsoft.OpenApi;

namespace GrainAnalytics.Web.Exports;

/// <summary>What the document says of exports.</summary>
internal static class ExportDescription
{
    private const string Example = """
        {"eventId":"01938f6e-7c1a-7000-8000-4f2d9c6b1a01","userId":"user-42","sessionId":"s-7","type":"page_view","occurredAt":"2026-01-31T12:00:00.000Z","receivedAt":"2026-01-31T12:00:00.104Z","payload":{"n":1},"path":"/pricing","country":"DE","cursor":"AAZJrN7MYAABk49ufBpwAIAATy2caxoB"}
        """;

    public static ApiOperation Export { get; } = new("exportEvents", "Export", "Raw events in bulk, in order, resumable")
    {
        Description = "All stored events by occurredAt, equal times by id's key; identify, alias and group, and what crawlers sent, are among them. The answer is streamed for as long as "
            + "it takes. If it ends early, which chunked encoding and HTTP/2 tell from its end, the `cursor` of the last whole line goes on behind it. "
            + "Everything that was stored before the request is in it.",
        Key = DocumentTransformer.ApiKey,
        Parameters =
        [
            new("from", "Earliest occurredAt, inclusive: an instant, or a date in the site's time zone.", Shape.Text("ISO 8601"), "2026-01-01"),
            new("to", "Latest occurredAt, inclusive: an instant, or a date in the site's time zone.", Shape.Text("ISO 8601"), "2026-01-31"),
            new("type", "Only events of this type.", Shape.Id("A type."), "purchase"),
            new("format", "ndjson without.", Shape.Word("The format.", "ndjson", "csv"), "ndjson"),
            new("cursor", "The cursor of an exported event: only what lies behind it.", Shape.Text("Opaque."), "AAZJrN7MYAABk49ufBpwAIAATy2caxoB"),
        ],
        Answers =
        [
            new(200, "One event a line.",
                new ApiContent("application/x-ndjson", Event(), Example.Trim()),
                new ApiContent("text/csv", Shape.Text("RFC 4180; a column for each member."), string.Join(',', ExportColumns.All) + "\r\n")),
        ],
        Problems = [.. SharedShapes.ReadProblems, (503, "export-busy", "Other exports are under way on this server; try again later.")],
    };

    private static OpenApiSchema Event() => Shape.WithOptional(["eventId", "userId", "type", "occurredAt", "receivedAt", "payload", "cursor"],
    [
        ("eventId", Shape.Id("The sender's id.")),
        ("userId", Shape.Id("The user.")),
        ("anonymousId", Shape.Id("Of an event that has both.")),
        ("sessionId", Shape.Id("The session.")),
        ("type", Shape.Id("The type.")),
        ("occurredAt", Shape.Time("When it happened.")),
        ("receivedAt", Shape.Time("When it arrived.")),
        ("payload", Shape.Anything("As it was sent.")),
        ("path", Shape.Text("Path of the page.")),
        .. ExportColumns.Values.Select(name => (name, (IOpenApiSchema)Shape.Text("What was found out at ingest."))),
        ("engagedMs", Shape.Whole("Milliseconds of attention.")),
        ("isBot", Shape.Flag("True, and only there, when a crawler sent it.")),
        ("cursor", Shape.Text("Its place.")),
    ]);
}
