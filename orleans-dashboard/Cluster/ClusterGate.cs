using System.Data.Common;
using GrainAnalytics.OrleansDashboard.Hosting;
using Orleans.Runtime;

namespace GrainAnalytics.OrleansDashboard.Cluster;

/// <summary>Stands before the Orleans Dashboard and says it when there is no cluster to show.</summary>
internal sealed class ClusterGate(RequestDelegate next, ClusterConnection connection, ClusterProbe probe, ILogger<ClusterGate> log)
{
    /// <summary>Where the Orleans Dashboard is.</summary>
    public const string Path = "/dashboard";

    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            if (!http.Request.Path.StartsWithSegments(Path)) await next(http);
            else if (Pages.IsWantedBy(http.Request)) await ShowAsync(http);
            else if (connection.IsOpen) await next(http);
            else await SayAwayAsync(http, connection.Reason);
        }
        catch (Exception e) when (!http.Response.HasStarted && !http.RequestAborted.IsCancellationRequested)
        {
            http.Response.ContentLength = null;
            if (IsOfTheCluster(e)) await SayAwayAsync(http, Reasons.Of(e));
            else if (IsWithoutDashboard(e)) await Problems.WriteAsync(http, 503, "dashboard-off", "The silos run without Cluster__Dashboard, so they have nothing to show.");
            else if (e is BadHttpRequestException bad) await Problems.WriteAsync(http, bad.StatusCode, "bad-request", bad.Message);
            else if (e.GetBaseException() is FormatException format) await Problems.WriteAsync(http, 400, "bad-request", format.Message);
            else await FailAsync(http, e);
        }
    }

    // Without a cluster the page would only flash error messages.
    private async Task ShowAsync(HttpContext http)
    {
        var cluster = await probe.LookAsync();
        if (cluster.IsReachable) await next(http);
        else await Pages.AwayAsync(http, cluster);
    }

    private static Task SayAwayAsync(HttpContext http, string reason) =>
        Problems.WriteAsync(http, 503, "cluster-unreachable", $"The cluster cannot be reached: {reason}");

    private Task FailAsync(HttpContext http, Exception e)
    {
        log.RequestFailed(e);
        return Problems.WriteAsync(http, 500, "internal-error", "The request failed; the log says why.");
    }

    // The silo's trouble with the membership table comes as what it was there.
    private static bool IsOfTheCluster(Exception e) => e is OrleansException or TimeoutException or DbException or ObjectDisposedException;

    // The silos know the dashboard's grains all the same, but cannot make one.
    private static bool IsWithoutDashboard(Exception e) =>
        e is InvalidOperationException && e.GetBaseException().Message.Contains("service for type 'Orleans.Dashboard.", StringComparison.Ordinal);
}
