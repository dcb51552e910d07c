using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Limits;
using GrainAnalytics.Web.Errors;
using GrainAnalytics.Web.Http;
using GrainAnalytics.Web.Ingestion;

namespace GrainAnalytics.Web.Limits;

/// <summary>Refuses requests of client addresses that send too many. Not in the way of any request unless the options ask for it.</summary>
internal sealed class AddressLimits(RequestDelegate next, RateLimits limits, IngestMetrics metrics)
{
    // An orchestrator that cannot see the server's health would restart it.
    private static readonly PathString Health = "/health", Metrics = "/metrics", Stats = "/stats";

    public Task InvokeAsync(HttpContext http)
    {
        var path = http.Request.Path;
        if (path.StartsWithSegments(Health) || path.StartsWithSegments(Metrics) || path.StartsWithSegments(Stats)
            || ClientAddress.KeyOf(http.Connection.RemoteIpAddress) is not { } client
            || limits.TakeRequest(client) is not { } limit) return next(http);
        metrics.Refused(IngestOutcome.AddressRateLimited);
        if (http.GetEndpoint()?.Metadata.GetMetadata<EndpointKindMetadata>()?.Kind == EndpointKind.Events) CrossOrigin.Allow(http);
        var (status, detail) = IngestProblems.Of(IngestOutcome.AddressRateLimited);
        LimitHeaders.Write(http.Response, limit);
        return Problems.WriteAsync(http, status, IngestOutcome.AddressRateLimited.Code(), detail);
    }
}
