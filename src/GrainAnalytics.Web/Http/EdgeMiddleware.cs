using System.Diagnostics;
using GrainAnalytics.Web.Errors;
using GrainAnalytics.Web.Limits;
using GrainAnalytics.Web.Telemetry;

namespace GrainAnalytics.Web.Http;

/// <summary>The one middleware around routing and every endpoint: the same headers on all answers, a body for what matched nothing,
/// errors as problems, and the time taken. One instead of four, because single events come by the ten thousand a second.</summary>
internal sealed class EdgeMiddleware(RequestDelegate next, ConnectionOptions connections, WebMetrics metrics, ILogger<EdgeMiddleware> log)
{
    public async Task InvokeAsync(HttpContext http)
    {
        var started = Stopwatch.GetTimestamp();
        SecurityHeaders.Set(http.Response);
        try
        {
            if (!Framing.IsClear(http.Request)) await Framing.RefuseAsync(http);
            else if (http.Request.Headers.Count > connections.MaxHeaders) await UnmatchedAnswer.WriteTooManyHeadersAsync(http, connections.MaxHeaders);
            else await next(http);
            // Routing's own answers have a status and nothing else; an endpoint's problem has a content type.
            if (http.Response.StatusCode >= 400 && http.Response is { HasStarted: false, ContentType: null })
                await UnmatchedAnswer.WriteAsync(http);
        }
        catch (Exception error)
        {
            await ExceptionAnswer.WriteAsync(http, error, log);
        }
        metrics.Answered(http, started);
    }
}
