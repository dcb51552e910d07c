using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Web.Documentation;
using GrainAnalytics.Web.Errors;

namespace GrainAnalytics.Web.Ingestion;

/// <summary>What the document says of GET /v1/pixel.gif.</summary>
internal static class PixelDescription
{
    public static ApiOperation Get { get; } = new("collectPixel", "Events", "Sends an event and shows a transparent pixel")
    {
        Description = "For e-mails and pages without scripts. The event's fields are parameters by their names; every other parameter goes into its payload, as a "
            + "text. A parameter without a value counts as absent; of one given twice the last counts. Without a user the server makes up an id that lasts a day. "
            + "The picture comes with every answer; the status and the fields `X-Problem` and `X-Problem-Detail` say why an event was refused.",
        Key = DocumentTransformer.WriteKey,
        Parameters =
        [
            new("type", "What happened; page_view without it.", Shape.Id("Type."), "email_open"),
            new("userId", "Who; also anonymousId.", Shape.Id("User."), "user-42"),
            new("eventId", "Decides whether it is stored before: with it an e-mail that is opened often is one event.", Shape.Id("Id."), "newsletter-7:user-42"),
            new("sessionId", "Which visit.", Shape.Id("Session."), "s-2026-01-31-7"),
            new("occurredAt", "When; without it the arrival.", Shape.Time("Time."), "2026-01-31T12:00:00Z"),
            new("url", "An example of what goes into the payload. Without it the Referer.", Shape.Text("Address."), "https://shop.example/pricing"),
        ],
        Answers = [new(200, "The event is stored.", new ApiContent("image/gif", Shape.Text("A picture of one pixel.", "binary"), "GIF89a"))],
        Problems = [.. Enum.GetValues<IngestOutcome>().Where(outcome => outcome.IsRequestRefusal()).Select(Refusal)],
    };

    private static (int, string, string) Refusal(IngestOutcome outcome)
    {
        var (status, detail) = IngestProblems.Of(outcome);
        return (status, outcome.Code(), detail);
    }
}
