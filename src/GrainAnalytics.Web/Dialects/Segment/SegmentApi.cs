using GrainAnalytics.Web.Ingestion;

namespace GrainAnalytics.Web.Dialects.Segment;

/// <summary>Segment's paths, and what its browser SDK asks for before it sends anything.</summary>
internal static class SegmentApi
{
    private static readonly string[] Calls = ["track", "page", "screen", "identify", "group", "alias"];
    private static readonly string[] Letters = ["t", "p", "s", "i", "g", "a"];

    /// <summary>Maps the paths that RudderStack's SDKs use as well.</summary>
    public static void MapSegmentCalls(this DialectRoutes routes)
    {
        foreach (var call in Calls) routes.Map($"/v1/{call}", new SegmentDialect(call));
        routes.Map("/v1/batch", new SegmentDialect(null));
    }

    /// <summary>Maps those of its browser SDK.</summary>
    public static void MapSegmentBrowser(this DialectRoutes routes)
    {
        foreach (var letter in Letters) routes.Map($"/v1/{letter}", new SegmentDialect(letter));
        routes.Map("/v1/b", new SegmentDialect(null));
        routes.Answer("/v1/m", "POST", WriteMetrics);
        routes.Answer("/v1/projects/{writeKey}/settings", "GET", WriteSettings);
    }

    // Measurements of the SDK about itself.
    private static Task WriteMetrics(HttpContext http)
    {
        CrossOrigin.Allow(http);
        DialectReply.Json(http.Response, StatusCodes.Status200OK, """{"success":true}"""u8);
        return Task.CompletedTask;
    }

    // The one destination is this server, under the address at which it was asked: so cdnURL is all that has to be set.
    private static Task WriteSettings(HttpContext http)
    {
        CrossOrigin.Allow(http);
        var request = http.Request;
        var scheme = request.Headers.TryGetValue("X-Forwarded-Proto", out var forwarded) ? forwarded.ToString() : request.Scheme;
        var state = (Key: (string)http.GetRouteValue("writeKey")!, Host: $"{request.Host}{request.PathBase}/v1",
            Protocol: scheme.StartsWith("https", StringComparison.OrdinalIgnoreCase) ? "https" : "http");
        DialectReply.Json(http.Response, StatusCodes.Status200OK, state, static (json, settings) =>
        {
            json.WriteStartObject("integrations"u8);
            json.WriteStartObject("Segment.io"u8);
            json.WriteString("apiKey"u8, settings.Key);
            json.WriteString("apiHost"u8, settings.Host);
            json.WriteString("protocol"u8, settings.Protocol);
            json.WriteBoolean("addBundledMetadata"u8, true);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteStartObject("plan"u8);
            json.WriteStartObject("track"u8);
            json.WriteStartObject("__default"u8);
            json.WriteBoolean("enabled"u8, true);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteBoolean("analyticsNextEnabled"u8, true);
            json.WriteStartObject("middlewareSettings"u8);
            json.WriteEndObject();
            json.WriteStartObject("edgeFunction"u8);
            json.WriteEndObject();
            json.WriteStartObject("metrics"u8);
            json.WriteNumber("sampleRate"u8, 0);
            json.WriteEndObject();
            json.WriteStartArray("remotePlugins"u8);
            json.WriteEndArray();
        });
        return Task.CompletedTask;
    }
}
