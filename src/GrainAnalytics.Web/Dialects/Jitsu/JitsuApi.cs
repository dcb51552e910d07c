using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Web.Dialects.Segment;

namespace GrainAnalytics.Web.Dialects.Jitsu;

/// <summary>Jitsu's paths.</summary>
internal static class JitsuApi
{
    private static readonly string[] Calls = ["track", "page", "screen", "identify", "group", "alias"];

    public static void MapJitsu(this DialectRoutes routes)
    {
        foreach (var call in Calls)
        {
            routes.Map($"/api/s/{call}", new JitsuDialect(call));
            routes.Map($"/api/s/s2s/{call}", new JitsuDialect(call));
        }
        // What an event was tracked as may stand in the path; then the message says what kind of call it was.
        routes.Map("/api/s/{type}", new JitsuDialect("track"));
        routes.Map("/api/s/s2s/{type}", new JitsuDialect("track"));
        routes.Map("/api/s/s2s/batch", new JitsuDialect(null));
    }
}

/// <summary>Jitsu: Segment's messages, one a request, and a key of two parts that only the header shows whole.</summary>
internal sealed class JitsuDialect(string? call) : SegmentDialect(call)
{
    // Its client takes no key without a colon, so to a key of ours something is added behind one.
    public override string? SecondKeyOf(HttpRequest request) => KeyOf(request) is { } key && key.IndexOf(':') is > 0 and var colon ? key[..colon] : null;

    public override void WriteAccepted(HttpResponse response, DialectRequest request, DialectResult result) =>
        DialectReply.Json(response, StatusCodes.Status200OK, """{"ok":true}"""u8);

    public override void WriteRefused(HttpContext http, IngestOutcome outcome, int status, string detail) =>
        DialectReply.Json(http.Response, status, (outcome, detail), static (json, refusal) =>
        {
            json.WriteBoolean("ok"u8, false);
            json.WriteString("error"u8, $"{refusal.outcome.Code()}: {refusal.detail}");
        });
}
