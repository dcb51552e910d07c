using GrainAnalytics.Web.Ingestion;

namespace GrainAnalytics.Web.Dialects.PostHog;

/// <summary>PostHog's paths, and the answers for what its SDKs ask beside: there are no flags, surveys or recordings here.</summary>
internal static class PostHogApi
{
    public static void MapPostHog(this DialectRoutes routes)
    {
        foreach (var path in (ReadOnlySpan<string>)["/batch", "/e", "/i/v0/e", "/capture"]) routes.Map(path, new PostHogDialect(), "GET", "POST");
        foreach (var path in (ReadOnlySpan<string>)["/flags", "/decide"]) routes.Answer(path, "POST", WriteFlags);
        routes.Answer("/array/{token}/config", "GET", WriteConfig);
    }

    private static Task WriteFlags(HttpContext http)
    {
        CrossOrigin.Allow(http);
        DialectReply.Json(http.Response, StatusCodes.Status200OK, """
            {"flags":{},"featureFlags":{},"featureFlagPayloads":{},"errorsWhileComputingFlags":false,"config":{"enable_collect_everything":true},
             "supportedCompression":["gzip","gzip-js"],"sessionRecording":false,"surveys":false,"siteApps":[],"isAuthenticated":false,"toolbarParams":{}}
            """u8);
        return Task.CompletedTask;
    }

    private static Task WriteConfig(HttpContext http)
    {
        CrossOrigin.Allow(http);
        DialectReply.Json(http.Response, StatusCodes.Status200OK, (string)http.GetRouteValue("token")!, static (json, token) =>
        {
            json.WriteString("token"u8, token);
            json.WriteStartArray("supportedCompression"u8);
            json.WriteStringValue("gzip"u8);
            json.WriteStringValue("gzip-js"u8);
            json.WriteEndArray();
            foreach (var feature in (ReadOnlySpan<string>)["hasFeatureFlags", "captureDeadClicks", "capturePerformance", "autocaptureExceptions", "sessionRecording", "heatmaps", "surveys"])
                json.WriteBoolean(feature, false);
            json.WriteBoolean("defaultIdentifiedOnly"u8, true);
            json.WriteStartArray("siteApps"u8);
            json.WriteEndArray();
        });
        return Task.CompletedTask;
    }
}
