using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Web.Documentation;
using GrainAnalytics.Web.Errors;
using Microsoft.OpenApi;

namespace GrainAnalytics.Web.Ingestion;

/// <summary>What the document says of POST /v1/events.</summary>
internal static class EventsDescription
{
    private const string One = """
        {"eventId":"01938f6e-7c1a-7000-8000-4f2d9c6b1a01","type":"page_view","userId":"user-42","sessionId":"s-2026-01-31-7",
         "occurredAt":"2026-01-31T12:00:00.000Z","payload":{"path":"/pricing"}}
        """;

    public static ApiOperation Post { get; } = new("ingestEvents", "Events", "Sends events")
    {
        Description = "One event, an array of up to 1,000, or a JSON value a line (NDJSON); `text/plain` is taken as JSON, for beacons. "
            + "Content-Encoding gzip, br and deflate are accepted. The answer comes when the events are stored: lookups show them from then on. "
            + "An `eventId` is stored once, however often it is sent. A bad event is rejected by itself; the others are stored.",
        Key = DocumentTransformer.WriteKey,
        Bodies =
        [
            new("application/json", new OpenApiSchema { OneOf = [Sent(), Shape.List(Sent())] },
                $$"""[{{One}},{"type":"sign_up","anonymousId":"device-7"}]"""),
            new("application/x-ndjson", Shape.Text("A JSON object a line."),
                "{\"type\":\"page_view\",\"userId\":\"user-42\"}\n{\"type\":\"sign_up\",\"userId\":\"user-42\"}\n"),
            new("text/plain", Shape.Text("JSON, as navigator.sendBeacon sends it."), "{\"type\":\"page_view\",\"userId\":\"user-42\"}"),
        ],
        Answers =
        [
            new(202, "At least one event is stored, by this request or before.", new ApiContent("application/json", Shape.Members(
                ("message", Shape.Text("For people.")),
                ("count", Shape.Whole("accepted + duplicates.")),
                ("accepted", Shape.Whole("Stored by this request.")),
                ("duplicates", Shape.Whole("Stored before, or twice in this request.")),
                ("rejected", Shape.Whole("Refused, see errors.")),
                ("eventIds", Shape.List(Shape.OptionalText("Null where the event was rejected."), "Of every event, in order.")),
                ("errors", Shape.List(Error()))), """
                {"message":"Events stored","count":2,"accepted":2,"duplicates":0,"rejected":1,
                 "eventIds":["01938f6e-7c1a-7000-8000-4f2d9c6b1a01","01938f6e-7c1b-7000-8000-9a3c5d7e1f02",null],
                 "errors":[{"index":2,"code":"missing-type","detail":"type is required."}]}
                """)),
        ],
        Problems = [.. Enum.GetValues<IngestOutcome>().Where(outcome => outcome.IsRequestRefusal()).Select(Refusal)],
    };

    private static (int, string, string) Refusal(IngestOutcome outcome)
    {
        var (status, detail) = IngestProblems.Of(outcome);
        return (status, outcome.Code(), detail);
    }

    private static OpenApiSchema Error() => Shape.Members(("index", Shape.Whole("Place in the request, from 0.")),
        ("code", Shape.Text("The reason, for programs.")), ("detail", Shape.Text("The reason, for people.")));

    private static OpenApiSchema Sent() => Shape.WithOptional(["type"],
        ("eventId", Shape.Id("Decides whether it is stored before; one is given to an event without.")),
        ("type", Shape.Id("What happened.")),
        ("userId", Shape.Id("Who; this or anonymousId is required.")),
        ("anonymousId", Shape.Id("Who, before they said so.")),
        ("cookieless", Shape.Flag("True: without userId and anonymousId the server makes up an id of the client's address and agent, which lasts the site's day.")),
        ("sessionId", Shape.Id("Which visit.")),
        ("occurredAt", Shape.Time("When; without it the time in a version 7 eventId, else arrival.")),
        ("sentAt", Shape.Time("The sender's clock when it sent: shifts occurredAt to the server's clock.")),
        ("payload", Shape.Anything("Anything else; {} without.")),
        ("context", Context()));

    private static OpenApiSchema Context() => Shape.WithOptional([],
        ("url", Shape.Text("Address of the page.")),
        ("referrer", Shape.Text("Address of the page before it.")),
        ("title", Shape.Text("Title of the page; not kept.")),
        ("language", Shape.Text("The visitor's language, such as pt-BR.")),
        ("screen", Shape.Text("Size of the screen, such as 1920x1080.")),
        ("userAgent", Shape.Text("The visitor's agent, where another program sends the event for them.")),
        ("timeZone", Shape.Text("The visitor's time zone, such as Europe/Berlin.")),
        ("country", Shape.Text("The visitor's country, ISO 3166-1 code of two letters.")),
        ("engagedMs", Shape.Whole("Milliseconds of attention.")));
}
