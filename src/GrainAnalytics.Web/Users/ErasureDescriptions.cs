using GrainAnalytics.Web.Admin;
using GrainAnalytics.Web.Documentation;

namespace GrainAnalytics.Web.Users;

/// <summary>What the document says of erasing users.</summary>
internal static class ErasureDescriptions
{
    private const string Example = """{"userId":"user-42","erasedAt":"2026-01-31T12:00:00.000Z","removed":{"events":318,"sessions":21,"activeDays":17,"identities":1,"deadLetters":0}}""";

    private static readonly ApiParameter InQuery = new("userId", "The user.", Shape.Id("The id."), "user-42", IsRequired: true);

    public static ApiOperation ByPath { get; } =
        Of("eraseUser", new("userId", "The user; ids with slashes: /v1/users/profile.", Shape.Id("The id."), "user-42", IsInPath: true, IsRequired: true));

    public static ApiOperation ByQuery { get; } = Of("eraseUserById", InQuery);

    public static ApiOperation Profile { get; } = Of("eraseUserProfile", InQuery);

    private static ApiOperation Of(string id, ApiParameter user) => new(id, "Administration", "Erases a user")
    {
        Key = DocumentTransformer.OperatorToken,
        Description = "Removes the user's events, profile and sessions, under all of their ids, and takes them out of every statistic, in one transaction. When it "
            + "answers, no journey and no live view on any server shows the user. What was erased and is sent again is a duplicate; what waited in a spool is refused. "
            + "Harmless to repeat: then everything is 0. What the user does afterwards is a new user's.",
        Parameters = [user, new("site", "The site's number; may be left out where there is one site.", Shape.Whole("1 and up.", 1), "1")],
        Answers = [new(200, "Erased.", new ApiContent("application/json", Shape.Members(
            ("userId", Shape.Id("As it was asked for.")),
            ("erasedAt", Shape.Time("What had arrived by then is gone, and refused should it still be on its way.")),
            ("removed", Shape.Members(
                ("events", Shape.Whole("Events.")),
                ("sessions", Shape.Whole("Sessions in which nobody else did anything; shared ones are counted again.")),
                ("activeDays", Shape.Whole("Days on which one of the ids was counted as active.")),
                ("identities", Shape.Whole("Links between ids.")),
                ("deadLetters", Shape.Whole("What was set aside."))))), Example))],
        Problems = [(400, "invalid-parameter", "site: is required where there are several sites."), (404, "no-such-site", "There is no site with this number."),
            (503, "not-erased", "The user could not be erased now, or not everywhere; ask again, which is harmless."), .. DeadLetterDescriptions.Refusals],
    };
}
