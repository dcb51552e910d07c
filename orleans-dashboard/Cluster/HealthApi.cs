using GrainAnalytics.OrleansDashboard.Hosting;

namespace GrainAnalytics.OrleansDashboard.Cluster;

/// <summary>GET /health/live and /health/ready, for everybody; they say nothing of what is in the cluster.</summary>
internal static class HealthApi
{
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => TypedResults.Ok(new { status = "ok" }));
        routes.MapGet("/health/ready", ReadyAsync);
    }

    private static async Task ReadyAsync(HttpContext http, ClusterProbe probe, IHostApplicationLifetime lifetime)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested) await Problems.WriteAsync(http, 503, "shutting-down", "The dashboard is stopping.");
        else if ((await probe.LookAsync()).IsReachable) await http.Response.WriteAsJsonAsync(new { status = "ready" }, http.RequestAborted);
        else await Problems.WriteAsync(http, 503, "cluster-unreachable", "The cluster cannot be reached.");
    }
}
