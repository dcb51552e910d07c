using GrainAnalytics.Web.Documentation;

namespace GrainAnalytics.Web.Admin;

/// <summary>What the document says of POST /v1/admin/signing.</summary>
internal static class SigningDescription
{
    public static ApiOperation Set { get; } = new("setSigning", "Administration", "Sets up signing for a key")
    {
        Description = "With `optional` a request of the key may be signed and is then checked; with `required` POST /v1/events demands it. "
            + "The secret stays the same until `newSecret` is true or signing was `off`. Servers know of a change within a minute.",
        Key = DocumentTransformer.OperatorToken,
        Bodies =
        [
            new("application/json", Shape.WithOptional(["key", "mode"],
                ("key", Shape.Text("The key itself, write key or API key.")),
                ("mode", Shape.Word("What is demanded.", "off", "optional", "required")),
                ("newSecret", Shape.Flag("True to replace the secret."))),
                """{"key":"THE-KEY","mode":"required"}"""),
        ],
        Answers =
        [
            new(200, "What holds now.", new ApiContent("application/json", Shape.Members(
                ("mode", Shape.Word("What is demanded.", "off", "optional", "required")),
                ("secret", Shape.OptionalText("What to sign with: 64 hexadecimal digits, used as text. Null when off."))),
                """{"mode":"required","secret":"1d1f9f2f1a6b2d2fd1b1c5c0d9a6e6c9b6f4a1a2e0c8b7d5f3e1a9c7b5d3f1e0"}""")),
        ],
        Problems =
        [
            (400, "invalid-parameter", "mode: must be off, optional or required."),
            (404, "unknown-key", "No site has this key."),
            .. DeadLetterDescriptions.Refusals,
        ],
    };
}
