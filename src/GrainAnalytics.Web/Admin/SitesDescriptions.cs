using GrainAnalytics.Web.Documentation;
using Microsoft.OpenApi;

namespace GrainAnalytics.Web.Admin;

/// <summary>What the document says of /v1/admin/sites.</summary>
internal static class SitesDescriptions
{
    private const string Tag = "Administration";
    private const string Site = """
        "siteId":1,"name":"example.org","domain":"example.org","timeZone":"Europe/Berlin","eventsPerDay":5000000,"eventsPerSecond":null
        """;
    private const string Key = """{"kind":"write","sha256":"2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"}""";
    private const string Details = $$"""{{{Site}},"date":"2026-01-31","usedToday":1204551,"keys":[{{Key}}]}""";

    private static readonly (int, string, string) NoSite = (404, "no-such-site", "There is no site with this number.");
    private static readonly (int, string, string) BadBody = (400, "invalid-parameter", "eventsPerDay: must be null or a whole number from 1 to 1000000000000.");
    private static readonly ApiParameter SiteId = new("siteId", "The site's number.", Shape.Whole("From the list of sites.", 1), "1", IsInPath: true);

    public static ApiOperation List { get; } = new("listSites", Tag, "All sites")
    {
        Key = DocumentTransformer.OperatorToken,
        Answers = [new(200, "By number.", new ApiContent("application/json", Shape.Members(("data", Shape.List(Shape.Members(SiteMembers)))), $$"""{"data":[{{{Site}}}]}"""))],
        Problems = DeadLetterDescriptions.Refusals,
    };

    public static ApiOperation One { get; } = new("getSite", Tag, "A site with its keys and today's use of its quota")
    {
        Key = DocumentTransformer.OperatorToken,
        Parameters = [SiteId],
        Answers = [Answer("The site.")],
        Problems = [NoSite, .. DeadLetterDescriptions.Refusals],
    };

    public static ApiOperation SetQuota { get; } = new("setSiteQuota", Tag, "Sets how many events a site may send")
    {
        Description = "Both numbers are set; null or absent is any number. In force on every server when it answers; on one that could not be told within a minute. "
            + "What the site sent today already counts.",
        Key = DocumentTransformer.OperatorToken,
        Parameters = [SiteId],
        Bodies = [new("application/json", Shape.WithOptional([],
            ("eventsPerDay", Optional("Events in one of the site's local days, by arrival.", SitesJson.MostPerDay)),
            ("eventsPerSecond", Optional("Events in a second, on average.", SitesJson.MostPerSecond))), """{"eventsPerDay":5000000,"eventsPerSecond":null}""")],
        Answers = [Answer("The site as it is now.")],
        Problems = [BadBody, NoSite, .. DeadLetterDescriptions.Refusals],
    };

    public static ApiOperation AddKey { get; } = new("addSiteKey", Tag, "Gives a site a further key")
    {
        Description = "Only its SHA-256 is kept. Harmless to repeat.",
        Key = DocumentTransformer.OperatorToken,
        Parameters = [SiteId],
        Bodies = [new("application/json", Shape.Members(("key", Shape.Text("1 to 200 visible ASCII characters; no other site has it.")),
            ("kind", Shape.Word("write: public, may only send; api: secret, may read.", "write", "api"))), """{"key":"wk_4f2d9c6b1a01","kind":"write"}""")],
        Answers = [new(201, "It works from now on.", new ApiContent("application/json", Shape.Members(KeyMembers), Key))],
        Problems = [(400, "invalid-parameter", "key: must be 1 to 200 visible ASCII characters."), NoSite, (409, "key-exists", "Another site has this key, or this one has it as another kind."), .. DeadLetterDescriptions.Refusals],
    };

    public static ApiOperation RemoveKey { get; } = new("removeSiteKey", Tag, "Takes a key from a site")
    {
        Description = "Requests with it are refused from now on; on a server that could not be told within a minute.",
        Key = DocumentTransformer.OperatorToken,
        Parameters = [SiteId, new("sha256", "Of the key, 64 hexadecimal digits, as the site's list shows it.", Shape.Text("Hexadecimal."),
            "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae", IsInPath: true)],
        Answers = [new(200, "It is removed.", new ApiContent("application/json", Shape.Members(("removed", Shape.Flag("Always true."))), """{"removed":true}"""))],
        Problems = [(404, "no-such-key", "The site has no key with this SHA-256."), .. DeadLetterDescriptions.Refusals],
    };

    private static (string, IOpenApiSchema)[] SiteMembers =>
    [
        ("siteId", Shape.Whole("Its number.")),
        ("name", Shape.Text("What people call it.")),
        ("domain", Shape.OptionalText("Its host name.")),
        ("timeZone", Shape.Text("IANA name; its days are days there.")),
        ("eventsPerDay", Optional("Events it may send a day; null: any number.", SitesJson.MostPerDay)),
        ("eventsPerSecond", Optional("Events it may send a second, on average; null: any number.", SitesJson.MostPerSecond)),
    ];

    private static (string, IOpenApiSchema)[] KeyMembers =>
        [("kind", Shape.Word("What it may do.", "write", "api")), ("sha256", Shape.Text("Of the key, 64 hexadecimal digits."))];

    private static ApiAnswer Answer(string description) => new(200, description, new ApiContent("application/json", Shape.Members(
    [
        .. SiteMembers,
        ("date", Shape.Date("The site's local day now.")),
        ("usedToday", Optional("Events granted of the day's quota, what servers hold ready included; null without a daily quota.", null)),
        ("keys", Shape.List(Shape.Members(KeyMembers), "Oldest first.")),
    ]), Details));

    private static OpenApiSchema Optional(string description, long? most) => new()
    {
        Type = JsonSchemaType.Integer | JsonSchemaType.Null, Description = description, Minimum = "0", Maximum = most?.ToString(),
    };
}
