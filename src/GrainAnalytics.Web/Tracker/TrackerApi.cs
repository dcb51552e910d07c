using GrainAnalytics.Web.Http;

namespace GrainAnalytics.Web.Tracker;

/// <summary>The beacon scripts: /tracker.js for any page, /tracker-highlevel.js for a CRM's.</summary>
internal static class TrackerApi
{
    private const string ForGood = "public, max-age=31536000, immutable", ForNow = "public, max-age=3600, stale-while-revalidate=86400";

    public static void MapTracker(this IEndpointRouteBuilder routes)
    {
        foreach (var (path, name) in (ReadOnlySpan<(string, string)>)[("/tracker.js", "tracker.js"), ("/tracker-highlevel.js", "highlevel.js")])
        {
            var script = new TrackerScript(name);
            routes.MapRead(path, http => SendAsync(http, path, script));
        }
    }

    private static async Task SendAsync(HttpContext http, string path, TrackerScript script)
    {
        var asked = http.Request.GetTypedHeaders();
        var variant = script.For(asked);
        var response = http.Response;
        var headers = response.Headers;
        headers.ETag = variant.Tag;
        headers.Vary = "Accept-Encoding";
        // Another version than this server's, of a page that an older or newer one told it to, still gets a script that works.
        headers.CacheControl = http.Request.Query["v"] == script.Version ? ForGood : ForNow;
        headers.ContentLocation = $"{path}?v={script.Version}";
        // Pages of other origins load it, also those that let nothing in that does not agree to it.
        headers.AccessControlAllowOrigin = "*";
        headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        if (variant.IsKnown(asked))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        response.ContentType = "text/javascript; charset=utf-8";
        response.ContentLength = variant.Bytes.Length;
        if (variant.Encoding is not null) headers.ContentEncoding = variant.Encoding;
        await response.BodyWriter.WriteAsync(variant.Bytes, http.RequestAborted);
    }
}
