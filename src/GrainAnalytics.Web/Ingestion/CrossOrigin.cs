using GrainAnalytics.Web.Errors;
using Microsoft.Extensions.Primitives;

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
        if (!IsEchoable(origin)) return;
        var headers = http.Response.Headers;
        // The origin itself and not "*": navigator.sendBeacon sends with credentials, for which browsers refuse "*".
        headers.AccessControlAllowOrigin = origin;
        headers.AccessControlAllowCredentials = "true";
        headers.AccessControlExposeHeaders = LimitHeaders.Exposed;
        headers.Vary = "Origin";
    }

    /// <summary>Answers a browser that asks first, and any other OPTIONS.</summary>
    public static Task AnswerPreflight(HttpContext http) => AnswerPreflight(http, "POST");

    /// <summary>The same where events come by GET.</summary>
    public static Task AnswerGetPreflight(HttpContext http) => AnswerPreflight(http, HttpMethods.Get);

    /// <summary>The same for a path with other methods.</summary>
    /// <param name="http">The request.</param>
    /// <param name="methods">Their names, separated by a comma.</param>
    public static Task AnswerPreflight(HttpContext http, string methods)
    {
        var headers = http.Response.Headers;
        http.Response.StatusCode = StatusCodes.Status204NoContent;
        headers.Allow = methods + ", OPTIONS";
        if (!IsEchoable(http.Request.Headers.Origin)) return Task.CompletedTask;
        Allow(http);
        headers.AccessControlAllowMethods = methods;
        if (IsEchoable(http.Request.Headers.AccessControlRequestHeaders))
            headers.AccessControlAllowHeaders = http.Request.Headers.AccessControlRequestHeaders;
        headers.AccessControlMaxAge = OneDay;
        headers.Vary = "Origin, Access-Control-Request-Headers";
        return Task.CompletedTask;
    }

    // The server takes bytes in request headers that it throws at in an answer's. Browsers send none of them here.
    private static bool IsEchoable(StringValues values)
    {
        foreach (var value in values)
            if (value is null || value.AsSpan().ContainsAnyExceptInRange(' ', '~')) return false;
        return values.Count > 0;
    }
}
