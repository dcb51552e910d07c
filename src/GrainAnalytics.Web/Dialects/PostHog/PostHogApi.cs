using System.Text;
using GrainAnalytics.Web.Errors;
using GrainAnalytics.Web.Ingestion;

namespace GrainAnalytics.Web.Dialects.PostHog;

/// <summary>PostHog's paths, and the answers for what its SDKs ask beside: there are no flags, surveys or recordings here.</summary>
internal static class PostHogApi
{
    private static ReadOnlySpan<byte> Config => """
        {"supportedCompression":["gzip","gzip-js"],"hasFeatureFlags":false,"captureDeadClicks":false,"capturePerformance":false,"autocaptureExceptions":false,
         "sessionRecording":false,"heatmaps":false,"surveys":false,"defaultIdentifiedOnly":true,"siteApps":[]}
        """u8;

    public static void MapPostHog(this DialectRoutes routes)
    {
        foreach (var path in (ReadOnlySpan<string>)["/batch", "/e", "/i/v0/e", "/capture"]) routes.Map(path, new PostHogDialect(), "GET", "POST");
        foreach (var path in (ReadOnlySpan<string>)["/flags", "/decide"]) routes.Answer(path, "POST", WriteFlags);
        routes.Answer("/array/{token}/config", "GET", WriteConfig);
        routes.Answer("/array/{token}/config.js", "GET", WriteConfigScript);
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
        DialectReply.Json(http.Response, StatusCodes.Status200OK, Config);
        return Task.CompletedTask;
    }

    // The same as a script, which is what its browser SDK asks for first.
    private static Task WriteConfigScript(HttpContext http)
    {
        var token = (string)http.GetRouteValue("token")!;
        // It becomes part of a program, so it may be nothing but letters, digits and the signs that keys have.
        if (token.Length > 200 || token.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-'))) return Problems.WriteAsync(http, 404, "not-found", "There is no such token.");
        CrossOrigin.Allow(http);
        var script = $"(window._POSTHOG_REMOTE_CONFIG = window._POSTHOG_REMOTE_CONFIG || {{}})[\"{token}\"] = {{\"config\": {Encoding.UTF8.GetString(Config)}, \"siteApps\": []}};";
        DialectReply.Write(http.Response, StatusCodes.Status200OK, "text/javascript", Encoding.UTF8.GetBytes(script));
        return Task.CompletedTask;
    }
}
