using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Web.Documentation;
using GrainAnalytics.Web.Errors;
using Microsoft.OpenApi;

namespace GrainAnalytics.Web.Admin;

/// <summary>What the document says of the dead letters.</summary>
internal static class DeadLetterDescriptions
{
    private const string Tag = "Administration";

    private const string LetterExample = """
        {"id":17,"siteId":1,"siteName":"example.org","reason":"missing-user","detail":"userId or anonymousId is required.","form":"row",
         "receivedAt":"2026-01-31T12:00:00.104Z","setAsideAt":"2026-01-31T12:00:00.131Z","attempts":0,"triedAt":null,
         "bytes":19,"isTruncated":false,"encoding":"utf-8","original":"{\"type\":\"purchase\"}"}
        """;

    /// <summary>Refusals of every endpoint that needs the operator's token.</summary>
    public static IReadOnlyList<(int Status, string Code, string Detail)> Refusals { get; } =
    [
        (401, "operator-token-required", "This endpoint needs the operator's token: Authorization: Bearer TOKEN."),
        (403, "site-key-is-no-operator", "A site's key may not do this; the operator's token may."),
        (403, "operator-token-not-set", "Nobody may use this endpoint: the server has no operator's token, see Bootstrap__AdminToken."),
        (503, "store-unavailable", "The database does not answer; try again later."),
        (503, "admin-timeout", "The database took too long; what was begun may be done all the same."),
    ];

    public static ApiOperation List { get; } = new("listDeadLetters", Tag, "What was set aside, newest first")
    {
        Description = "Rows of accepted requests that were rejected, and events that the database refused. A request of which every row was "
            + "rejected (400) leaves none: nothing of it was accepted, and its sender has it.",
        Key = DocumentTransformer.OperatorToken,
        Parameters = [.. Filter, .. Page(50, 200)],
        Answers =
        [
            new(200, "A page. It ends early at 4 MiB of originals.", new ApiContent("application/json", Shape.Members(
                ("count", Shape.Whole("Letters in this page.")),
                ("letters", Shape.List(Letter())),
                ("nextCursor", Shape.OptionalText("Asks for the next page; null on the last."))),
                $$"""{"count":1,"letters":[{{LetterExample}}],"nextCursor":null}""")),
        ],
        Problems = [(400, "invalid-parameter", "reason: must be one of missing-type, poison-row, …"), .. Refusals],
    };

    public static ApiOperation Find { get; } = new("getDeadLetter", Tag, "One dead letter")
    {
        Key = DocumentTransformer.OperatorToken,
        Parameters = [Id],
        Answers = [new(200, "The letter.", new ApiContent("application/json", Letter(), LetterExample))],
        Problems = [Unknown, .. Refusals],
    };

    public static ApiOperation Retry { get; } = new("retryDeadLetter", Tag, "Tries a dead letter again")
    {
        Description = "As if the row arrived when it did: `receivedAt` stays, and with it an `occurredAt` that the row does not name or that "
            + "`sentAt` shifts. How far ahead a time may lie is judged by the clock now. Stored or known already, the letter is removed; "
            + "refused again, it stays with the new reason. However often it is tried, the event is stored once.",
        Key = DocumentTransformer.OperatorToken,
        Parameters = [Id],
        Answers =
        [
            new(200, "What became of it.", new ApiContent("application/json", Shape.Members(
                ("id", Shape.Whole("The letter.")),
                ("outcome", Shape.Text("`stored`, `duplicate`, or why it was refused again.")),
                ("detail", Shape.Text("The same for people.")),
                ("isRemoved", Shape.Flag("Whether the letter is gone."))),
                """{"id":17,"outcome":"stored","detail":"","isRemoved":true}""")),
        ],
        Problems = [Unknown, (409, "not-retriable", "Only the first 32768 of its 48211 bytes were kept."), .. Refusals, .. StoreRefusals],
    };

    public static ApiOperation RetryMany { get; } = new("retryDeadLetters", Tag, "Tries many dead letters again, oldest first")
    {
        Description = "Ends after 10 seconds or `limit` letters; `nextCursor` then says where to go on.",
        Key = DocumentTransformer.OperatorToken,
        Parameters = [.. Filter, EveryOne, .. Page(1000, 10_000)],
        Answers =
        [
            new(200, "What became of them.", new ApiContent("application/json", Shape.Members(
                ("stored", Shape.Whole("Stored now, and removed.")),
                ("duplicates", Shape.Whole("Known already, and removed.")),
                ("refused", Shape.Whole("Refused again, and kept.")),
                ("skipped", Shape.Whole("Of which not everything was kept.")),
                ("stopped", Shape.OptionalText("Why it ended early, such as `store-unavailable`; else null.")),
                ("nextCursor", Shape.OptionalText("Where to go on; null when all were tried."))),
                """{"stored":941,"duplicates":3,"refused":56,"skipped":0,"stopped":null,"nextCursor":"1017"}""")),
        ],
        Problems = [ForgottenFilter, .. Refusals],
    };

    public static ApiOperation Delete { get; } = new("deleteDeadLetter", Tag, "Removes a dead letter")
    {
        Key = DocumentTransformer.OperatorToken,
        Parameters = [Id],
        Answers = [Deleted(1)],
        Problems = [Unknown, .. Refusals],
    };

    public static ApiOperation DeleteMany { get; } = new("deleteDeadLetters", Tag, "Removes many dead letters")
    {
        Key = DocumentTransformer.OperatorToken,
        Parameters = [.. Filter, EveryOne],
        Answers = [Deleted(56)],
        Problems = [ForgottenFilter, .. Refusals],
    };

    private static ApiParameter Id => new("id", "The letter's number.", Shape.Whole("1 and up.", 1), "17", IsInPath: true);

    private static ApiParameter EveryOne => new("all", "`true` instead of reason, site, from and to: every letter.", Shape.Word("Only this.", "true"), "true");

    private static (int, string, string) Unknown => (404, "unknown-dead-letter", "There is no dead letter of this number, or no longer.");

    private static (int, string, string) ForgottenFilter => (400, "invalid-parameter", "all: must be true, or reason, site, from or to be given.");

    private static IEnumerable<(int, string, string)> StoreRefusals =>
        ((IngestOutcome[])[IngestOutcome.BufferFull, IngestOutcome.ShuttingDown, IngestOutcome.SiloUnavailable]).Select(outcome =>
            (IngestProblems.Of(outcome).Status, outcome.Code(), IngestProblems.Of(outcome).Detail));

    private static IEnumerable<ApiParameter> Filter =>
    [
        new("reason", "Code of an outcome, as in `errors`.", Shape.Text("Such as missing-type or poison-row."), "missing-user"),
        new("site", "The site's number.", Shape.Whole("1 and up.", 1), "1"),
        new("from", "Set aside then or later; a date is its first instant in UTC.", Shape.Time("ISO 8601"), "2026-01-01T00:00:00Z"),
        new("to", "Set aside then or earlier; a date is its last instant in UTC.", Shape.Time("ISO 8601"), "2026-01-31T23:59:59Z"),
    ];

    private static IEnumerable<ApiParameter> Page(int without, int most) =>
    [
        new("limit", $"Most letters; {without} without.", Shape.Whole($"1 to {most}", 1, most), without.ToString()),
        new("cursor", "The nextCursor of the answer before.", Shape.Text("Opaque."), "1017"),
    ];

    private static ApiAnswer Deleted(int letters) => new(200, "Removed.",
        new ApiContent("application/json", Shape.Members(("deleted", Shape.Whole("How many."))), $$"""{"deleted":{{letters}}}"""));

    private static OpenApiSchema Letter() => Shape.Members(
        ("id", Shape.Whole("Higher was set aside later.")),
        ("siteId", Shape.Whole("The site's number.")),
        ("siteName", Shape.OptionalText("What people call the site.")),
        ("reason", Shape.Text("Code of the outcome that it had last.")),
        ("detail", Shape.Text("The same for people; of the database's refusals its own words.")),
        ("form", Shape.Word("A row as it was sent, or an event that the database refused.", "row", "event")),
        ("receivedAt", Shape.Time("When it arrived.")),
        ("setAsideAt", Shape.Time("When it was written here.")),
        ("attempts", Shape.Whole("How often it was tried again.")),
        ("triedAt", new OpenApiSchema { Type = JsonSchemaType.String | JsonSchemaType.Null, Format = "date-time", Description = "When for the last time." }),
        ("bytes", Shape.Whole("Size of the original.")),
        ("isTruncated", Shape.Flag("Only its beginning was kept: it cannot be tried again.")),
        ("encoding", Shape.Word("Of original.", "utf-8", "base64")),
        ("original", Shape.Text("The row as it was sent; for an event a row that makes it again.")));
}
