using GrainAnalytics.Web.Documentation;
using Microsoft.OpenApi;

namespace GrainAnalytics.Web.Users;

/// <summary>What the document says of users.</summary>
internal static class UserDescriptions
{
    private const string Tag = "Lookups";
    private const string Example = """{"userId":"user-42","firstSeen":"2026-01-02T08:15:00.000Z","lastSeen":"2026-01-31T12:00:00.000Z","events":318,"sessions":21}""";

    public static ApiOperation List { get; } = new("listUsers", Tag, "Users, most recently seen first")
    {
        Key = DocumentTransformer.ApiKey,
        Parameters =
        [
            new("query", "What their ids begin with; all without.", Shape.Text("1 to 200 characters."), "user-"),
            new("sort", "Only lastSeen.", Shape.Word("The order.", "lastSeen"), "lastSeen"),
            new("limit", "Most users; 100 without.", Shape.Whole("1 to 1000", 1, 1000), "50"),
            new("cursor", "The nextCursor of the page before.", Shape.Text("As it came."), "1769860800000000.user-42"),
        ],
        Answers = [new(200, "A page of users.", new ApiContent("application/json", Shape.Members(
            ("count", Shape.Whole("Users on this page.")), ("users", Shape.List(User())),
            ("nextCursor", Shape.OptionalText("Continues behind this page; null when there is no more."))),
            "{\"count\":1,\"users\":[" + Example + "],\"nextCursor\":null}"))],
        Problems = SharedShapes.ReadProblems,
    };

    public static ApiOperation ByPath { get; } = One("getUser", new("userId", "The user; ids with slashes: /v1/users/profile.", Shape.Id("The id."), "user-42", IsInPath: true, IsRequired: true));

    public static ApiOperation ByQuery { get; } = One("getUserProfile", new("userId", "The user.", Shape.Id("The id."), "user-42", IsRequired: true));

    private static ApiOperation One(string id, ApiParameter user) => new(id, Tag, "A user")
    {
        Key = DocumentTransformer.ApiKey,
        Parameters = [user],
        Answers = [new(200, "What is known of the user.", new ApiContent("application/json", Shape.Members([.. Members(), ("traits", Shape.Anything("What identify events said, the latest of each.")),
            ("groups", Shape.List(Shape.Text("A group that a group event named."), "The latest first."))]), Example[..^1] + ""","traits":{"plan":"pro"},"groups":["acme"]}"""))],
        Problems = [.. SharedShapes.ReadProblems, (404, "unknown-user", "The site has no event of this user.")],
    };

    private static OpenApiSchema User() => Shape.Members(Members());

    private static (string, IOpenApiSchema)[] Members() => [("userId", Shape.Id("The id.")), ("firstSeen", Shape.Time("Earliest event.")),
        ("lastSeen", Shape.Time("Latest event.")), ("events", Shape.Whole("Counted events.")), ("sessions", Shape.Whole("Sessions that began as this user's."))];
}
