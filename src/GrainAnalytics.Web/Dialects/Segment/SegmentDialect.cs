using GrainAnalytics.Core.Ingestion;

namespace GrainAnalytics.Web.Dialects.Segment;

/// <summary>Segment's HTTP API.</summary>
/// <param name="call">What the path says that a message is; null: a batch of them.</param>
internal class SegmentDialect(string? call) : Dialect
{
    public override string? KeyOf(HttpRequest request) => DialectKeys.Find(request);

    public override IngestOutcome FindSites(DialectRequest request, List<string> names)
    {
        if (SegmentMessages.WriteKeyOf(request.Text.Span) is { } key) names.Add(key);
        return IngestOutcome.Accepted;
    }

    public override IngestOutcome Translate(DialectRequest request) => SegmentMessages.Translate(request, call);

    public override void WriteAccepted(HttpResponse response, DialectRequest request, DialectResult result) =>
        DialectReply.Json(response, StatusCodes.Status200OK, """{"success":true}"""u8);

    public override void WriteRefused(HttpContext http, IngestOutcome outcome, int status, string detail) =>
        DialectReply.Json(http.Response, status, (outcome, detail), static (json, refusal) =>
        {
            json.WriteBoolean("success"u8, false);
            json.WriteString("code"u8, refusal.outcome.Code());
            json.WriteString("message"u8, refusal.detail);
        });
}
