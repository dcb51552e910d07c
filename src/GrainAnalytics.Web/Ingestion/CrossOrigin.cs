using GrainAnalytics.Web.Errors;

namespace GrainAnalytics.Web.Ingestion;

/// <summary>Lets browsers send events from any page. Write keys are public, so there is no origin to keep out; reading
/// endpoints have none of this.</summary>
internal static class CrossOrigin
{
    private const string OneDay = "86400";

    /// <summary>Lets the page that sent the request see its answer.</summary>
    public static void Allow(HttpContext http)
    {
        var origin = http.Request.Headers.Origin;
        if (origin.Count == 0) return;
        var headers = http.Response.Headers;
        // The origin itself and not "*": navigator.sendBeacon sends with credentials, for which browsers refuse "*".
        headers.AccessControlAllowOrigin = origin;
        headers.AccessControlAllowCredentials = "true";
        headers.AccessControlExposeHeaders = LimitHeaders.Exposed;
        headers.Vary = "Origin";
    }

    /// <summary>Answers a browser that asks first, and any other OPTIONS.</summary>
    public static Task AnswerPreflight(HttpContext http)
    {
        var headers = http.Response.Headers;
        http.Response.StatusCode = StatusCodes.Status204NoContent;
        headers.Allow = "POST, OPTIONS";
        if (http.Request.Headers.Origin.Count == 0) return Task.CompletedTask;
        Allow(http);
        headers.AccessControlAllowMethods = "POST";
        headers.AccessControlAllowHeaders = http.Request.Headers.AccessControlRequestHeaders;
        headers.AccessControlMaxAge = OneDay;
        headers.Vary = "Origin, Access-Control-Request-Headers";
        return Task.CompletedTask;
    }
}
