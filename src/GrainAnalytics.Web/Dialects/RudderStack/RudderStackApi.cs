using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Web.Dialects.Segment;
using GrainAnalytics.Web.Ingestion;

namespace GrainAnalytics.Web.Dialects.RudderStack;

/// <summary>What RudderStack's SDKs use beside Segment's paths.</summary>
internal static class RudderStackApi
{
    public static void MapRudderStack(this DialectRoutes routes)
    {
        routes.Map("/beacon/v1/batch", new RudderStackDialect(null));
        routes.Map("/pixel/v1/page", new PixelDialect("page"), "GET");
        routes.Map("/pixel/v1/track", new PixelDialect("track"), "GET");
        routes.Answer("/sourceConfig", "GET", WriteSourceConfig);
    }

    // No destinations of its own: the SDK then sends everything here.
    private static Task WriteSourceConfig(HttpContext http)
    {
        CrossOrigin.Allow(http);
        DialectReply.Json(http.Response, StatusCodes.Status200OK, DialectKeys.Find(http.Request) ?? "", static (json, key) =>
        {
            json.WriteStartObject("source"u8);
            json.WriteString("id"u8, "grain-analytics"u8);
            json.WriteString("name"u8, "GrainAnalytics"u8);
            json.WriteString("writeKey"u8, key);
            json.WriteBoolean("enabled"u8, true);
            json.WriteString("workspaceId"u8, "grain-analytics"u8);
            json.WriteStartObject("config"u8);
            json.WriteStartObject("statsCollection"u8);
            foreach (var what in (ReadOnlySpan<string>)["errors", "metrics"])
            {
                json.WriteStartObject(what);
                json.WriteBoolean("enabled"u8, false);
                json.WriteEndObject();
            }
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteStartArray("connections"u8);
            json.WriteEndArray();
            json.WriteStartArray("destinations"u8);
            json.WriteEndArray();
            json.WriteEndObject();
        });
        return Task.CompletedTask;
    }
}

/// <summary>RudderStack's own paths: Segment's messages, other answers.</summary>
internal class RudderStackDialect(string? call) : SegmentDialect(call)
{
    public override void WriteAccepted(HttpResponse response, DialectRequest request, DialectResult result) =>
        DialectReply.Write(response, StatusCodes.Status200OK, "text/plain", "OK"u8);
}
