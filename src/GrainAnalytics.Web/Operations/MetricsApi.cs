using GrainAnalytics.Web.Errors;
using GrainAnalytics.Web.Http;
using GrainAnalytics.Web.Telemetry;

namespace GrainAnalytics.Web.Operations;

/// <summary>GET /metrics.</summary>
internal static class MetricsApi
{
    public static void MapMetrics(this IEndpointRouteBuilder routes)
    {
        var telemetry = routes.Service<TelemetryService>();
        routes.MapRead("/metrics", routes.Service<OperatorGuard>().Protect(http => WriteAsync(http, telemetry)))
            .WithMetadata(OperationsDescriptions.Metrics);
    }

    private static async Task WriteAsync(HttpContext http, TelemetryService telemetry)
    {
        if (await telemetry.ScrapeAsync(http.RequestAborted) is not { } text)
        {
            await Problems.WriteAsync(http, 503, "metrics-unavailable", "The metrics could not be collected; try again.");
            return;
        }
        http.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        http.Response.ContentLength = text.Length;
        await http.Response.BodyWriter.WriteAsync(text, http.RequestAborted);
    }
}
