using GrainAnalytics.Core.Jobs;
using GrainAnalytics.Web.Documentation;
using Microsoft.OpenApi;

namespace GrainAnalytics.Web.Admin;

/// <summary>What the document says of the job queue.</summary>
internal static class JobsDescriptions
{
    private const string Tag = "Administration";

    private const string Example = """
        {"id":42,"kind":"recount","siteId":1,"state":"done","arguments":{"date":"2026-01-30"},"progress":{"step":4,"steps":4,"events":18211},
         "result":{"date":"2026-01-30","tables":[],"differences":0},"error":null,"attempts":1,"createdAt":"2026-01-30T23:00:12.000Z",
         "runAt":"2026-01-30T23:10:00.000Z","startedAt":"2026-01-30T23:10:03.100Z","finishedAt":"2026-01-30T23:10:04.250Z","worker":"node-1/4711"}
        """;

    public static ApiOperation List { get; } = new("listJobs", Tag, "Jobs, newest first")
    {
        Key = DocumentTransformer.OperatorToken,
        Parameters =
        [
            new("state", "Only jobs in this state.", Shape.Word("The state.", States), "dead"),
            new("kind", "Only jobs of this kind.", Shape.Word("The kind.", [.. JobKinds.All]), "recount"),
            new("site", "The site's number.", Shape.Whole("1 and up.", 1), "1"),
            new("limit", "Most jobs; 50 without.", Shape.Whole("1 to 200", 1, 200), "50"),
            new("cursor", "The nextCursor of the answer before.", Shape.Text("Opaque."), "17"),
        ],
        Answers =
        [
            new(200, "A page.", new ApiContent("application/json", Shape.Members(
                ("count", Shape.Whole("Jobs in this page.")), ("jobs", Shape.List(Job())),
                ("nextCursor", Shape.OptionalText("Asks for the next page; null on the last."))), $$"""{"count":1,"jobs":[{{Example}}],"nextCursor":null}""")),
        ],
        Problems = [(400, "invalid-parameter", "state: must be one of waiting, running, done, dead, cancelled."), .. DeadLetterDescriptions.Refusals],
    };

    public static ApiOperation Find { get; } = new("getJob", Tag, "One job")
    {
        Key = DocumentTransformer.OperatorToken, Parameters = [Id], Answers = [Answer(200, "The job.")], Problems = [Unknown, .. DeadLetterDescriptions.Refusals],
    };

    public static ApiOperation Start { get; } = new("startJob", Tag, "Puts a job into the queue")
    {
        Description = "`rebuild` makes a site's rollups again from its raw events; once retention has removed some, those of the days from then on. `recount` compares a day's rollups with them and "
            + "repairs. `retention` removes what the site keeps no longer. A server that is free takes it; jobs of one site run one after the other.",
        Key = DocumentTransformer.OperatorToken,
        Bodies = [new("application/json", Shape.WithOptional(["kind", "siteId"], ("kind", Shape.Word("What to do.", [.. JobKinds.Startable])), ("siteId", Shape.Whole("The site's number.", 1)),
            ("date", Shape.Date("Of a recount: a day of the site."))), """{"kind":"recount","siteId":1,"date":"2026-01-30"}""")],
        Answers = [Answer(201, "It waits for a server.")],
        Problems = [(400, "invalid-parameter", "date: is required and must be a string."), (404, "no-such-site", "There is no site with this number."), .. DeadLetterDescriptions.Refusals],
    };

    public static ApiOperation Retry { get; } = new("retryJob", Tag, "Has a dead or cancelled job run again")
    {
        Key = DocumentTransformer.OperatorToken, Parameters = [Id], Answers = [Answer(200, "It waits for a server.")],
        Problems = [Unknown, (409, "not-retriable", "Only a job that is dead or cancelled can be retried."), .. DeadLetterDescriptions.Refusals],
    };

    public static ApiOperation Cancel { get; } = new("cancelJob", Tag, "Gives a job up")
    {
        Description = "What it is doing ends within a third of `Jobs__Lease` and is not committed; what it committed before stays.",
        Key = DocumentTransformer.OperatorToken, Parameters = [Id], Answers = [Answer(200, "It is cancelled.")],
        Problems = [Unknown, (409, "not-cancellable", "The job is over."), .. DeadLetterDescriptions.Refusals],
    };

    private static string[] States => ["waiting", "running", "done", "dead", "cancelled"];

    private static ApiParameter Id => new("id", "The job's number.", Shape.Whole("1 and up.", 1), "42", IsInPath: true);

    private static (int, string, string) Unknown => (404, "no-such-job", "There is no job of this number, or no longer.");

    /// <summary>An answer that shows a job.</summary>
    public static ApiAnswer Answer(int status, string description) => new(status, description, new ApiContent("application/json", Job(), Example));

    private static OpenApiSchema Job() => Shape.Members(
        ("id", Shape.Whole("Higher was made later.")),
        ("kind", Shape.Word("What it does.", [.. JobKinds.All])),
        ("siteId", new OpenApiSchema { Type = JsonSchemaType.Integer | JsonSchemaType.Null, Description = "The site's number." }),
        ("state", Shape.Word("Where it is.", States)),
        ("arguments", Shape.Anything("As it was made.")),
        ("progress", Optional("As noted last, a few times a minute; its members depend on the kind.")),
        ("result", Optional("Once it is done. Of a recount: `differences` in all, and for each table with any how many and examples.")),
        ("error", Shape.OptionalText("Of the newest attempt that failed.")),
        ("attempts", Shape.Whole("How often it was begun.")),
        ("createdAt", Shape.Time("When it was made.")),
        ("runAt", Shape.Time("It is not begun before.")),
        ("startedAt", Time("When its newest attempt began.")),
        ("finishedAt", Time("When it was over.")),
        ("worker", Shape.OptionalText("The server that has or had it: host and process.")));

    private static OpenApiSchema Optional(string description) => new() { Type = JsonSchemaType.Object | JsonSchemaType.Null, Description = description };

    private static OpenApiSchema Time(string description) => new() { Type = JsonSchemaType.String | JsonSchemaType.Null, Format = "date-time", Description = description };
}
