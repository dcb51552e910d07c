using System.Text;
using GrainAnalytics.Core.Live;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Web.Auth;
using GrainAnalytics.Web.Errors;
using GrainAnalytics.Web.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace GrainAnalytics.Web.Live;

/// <summary>GET /v1/live: server-sent events.</summary>
internal static class LiveApi
{
    public static void MapLive(this IEndpointRouteBuilder routes)
    {
        var handler = new Handler(routes.Service<LiveHub>(), routes.Service<LiveOptions>(), routes.Service<LiveMetrics>(),
            routes.Service<TimeProvider>(), routes.Service<IHostApplicationLifetime>());
        routes.MapRead("/v1/live", ReadEndpoint.Create(routes.Service<ISiteDirectory>(), handler.StreamAsync))
            .WithKind(EndpointKind.Live).WithMetadata(LiveDescription.Live);
    }

    private sealed class Handler(LiveHub hub, LiveOptions options, LiveMetrics metrics, TimeProvider time, IHostApplicationLifetime lifetime)
    {
        /// <param name="http">The request.</param>
        /// <param name="site">The key's site.</param>
        /// <param name="deadline">For the first answer; the stream itself has no end.</param>
        public async Task StreamAsync(HttpContext http, Site site, CancellationToken deadline)
        {
            if (HttpMethods.IsHead(http.Request.Method))
            {
                SetHeaders(http.Response);
                return;
            }
            if (lifetime.ApplicationStopping.IsCancellationRequested)
            {
                await Problems.WriteAsync(http, 503, "shutting-down", "The server is stopping.");
                return;
            }
            using var watch = hub.TryWatch(site);
            if (watch is null)
            {
                await Problems.WriteAsync(http, 503, "too-many-viewers", "Too many viewers are connected here; try again later.");
                return;
            }
            // Before anything is sent: a database that does not answer is still a 503.
            var first = await watch.NextAsync(deadline);
            SetHeaders(http.Response);
            http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            // Who reads too slowly is decided here, by Live:WriteTimeout.
            if (http.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate) rate.MinDataRate = null;
            using var ends = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
            await http.Response.StartAsync(ends.Token);
            byte[] opening = [.. Retry(), .. first];
            if (await LiveStream.RunAsync(watch, opening, http.Response.BodyWriter, options.WriteTimeout, time, ends.Token) != LiveEnd.TooSlow) return;
            metrics.Dropped();
            // What waits in the connection would otherwise be waited for.
            http.Abort();
        }

        private static void SetHeaders(HttpResponse response)
        {
            response.ContentType = "text/event-stream";
            response.Headers.CacheControl = "no-store";
            response.Headers["X-Accel-Buffering"] = "no";
        }

        // Viewers of a server that restarts do not all come back in the same moment.
        private static byte[] Retry() => Encoding.ASCII.GetBytes($"retry: {Random.Shared.Next(1000, 4000)}\n");
    }
}
