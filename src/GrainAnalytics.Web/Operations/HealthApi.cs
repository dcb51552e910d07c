using System.Reflection;
using System.Text.Json;
using GrainAnalytics.Core.Engine;
using GrainAnalytics.Web.Errors;
using GrainAnalytics.Web.Http;

namespace GrainAnalytics.Web.Operations;

/// <summary>GET /health/live, /health/ready, /health and /stats.</summary>
internal static class HealthApi
{
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        var guard = routes.Service<OperatorGuard>();
        var handler = new Handler(routes.Service<IStoreKeeper>(), routes.Service<IAnalyticsEngine>(),
            routes.Service<IHostApplicationLifetime>(), routes.Service<TimeProvider>());
        routes.MapRead("/health/live", handler.Live).WithMetadata(OperationsDescriptions.Live);
        routes.MapRead("/health/ready", handler.Ready).WithMetadata(OperationsDescriptions.Ready);
        routes.MapRead("/health", guard.Protect(handler.HealthAsync)).WithMetadata(OperationsDescriptions.Health);
        routes.MapRead("/stats", guard.Protect(handler.Stats)).WithMetadata(OperationsDescriptions.Stats);
    }

    private sealed class Handler(IStoreKeeper keeper, IAnalyticsEngine engine, IHostApplicationLifetime lifetime, TimeProvider time)
    {
        private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(1);
        private static readonly string Version = typeof(HealthApi).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
            .InformationalVersion.Split('+')[0];

        private readonly long _started = time.GetTimestamp();

        public Task Live(HttpContext http)
        {
            Write(http, json => json.WriteString("status"u8, "ok"u8));
            return Task.CompletedTask;
        }

        public Task Ready(HttpContext http)
        {
            if (lifetime.ApplicationStopping.IsCancellationRequested || engine.Buffer.IsStopping)
                return Problems.WriteAsync(http, 503, "shutting-down", "The server is stopping.");
            if (!keeper.IsReady) return Problems.WriteAsync(http, 503, "not-ready", "The database is not ready yet.");
            Write(http, json => json.WriteString("status"u8, "ready"u8));
            return Task.CompletedTask;
        }

        public async Task HealthAsync(HttpContext http)
        {
            var answers = await PingAsync(http.RequestAborted);
            var buffer = engine.Buffer;
            var spool = engine.Spool;
            var isFine = answers && keeper.IsReady && buffer.StoreAnswers && !buffer.IsStopping && buffer.Waiting < buffer.EmergencyThreshold
                && spool is not { Events: > 0 };
            Write(http, json =>
            {
                json.WriteString("status"u8, isFine ? "ok"u8 : "degraded"u8);
                json.WriteString("engine"u8, engine.Name);
                json.WriteNumber("silos"u8, engine.Silos);
                json.WriteString("database"u8, answers ? "ok"u8 : "unavailable"u8);
                json.WriteNumber("bufferSize"u8, buffer.Waiting);
                if (spool is { } backlog)
                {
                    json.WriteStartObject("spool"u8);
                    json.WriteNumber("events"u8, backlog.Events);
                    json.WriteNumber("bytes"u8, backlog.Bytes);
                    json.WriteNumber("oldestSeconds"u8, backlog.OldestSeconds);
                    json.WriteBoolean("isFull"u8, backlog.IsFull);
                    json.WriteEndObject();
                }
                json.WriteNumber("uptime"u8, Math.Round(time.GetElapsedTime(_started).TotalSeconds, 3));
                json.WriteStartObject("memory"u8);
                json.WriteNumber("rssBytes"u8, Environment.WorkingSet);
                json.WriteNumber("heapBytes"u8, GC.GetTotalMemory(forceFullCollection: false));
                json.WriteEndObject();
                json.WriteString("version"u8, Version);
            });
        }

        public Task Stats(HttpContext http)
        {
            var buffer = engine.Buffer;
            Write(http, json =>
            {
                json.WriteNumber("bufferSize"u8, buffer.Waiting);
                json.WriteBoolean("isFlushingInProgress"u8, buffer.IsFlushing);
                json.WriteNumber("maxBufferSize"u8, buffer.FlushSize);
                json.WriteNumber("emergencyThreshold"u8, buffer.EmergencyThreshold);
                json.WriteNumber("bufferUtilization"u8, Math.Min(1, Math.Round((double)buffer.Waiting / buffer.EmergencyThreshold, 6)));
            });
            return Task.CompletedTask;
        }

        private async Task<bool> PingAsync(CancellationToken aborted)
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(aborted);
            deadline.CancelAfter(PingTimeout);
            try
            {
                // WaitAsync too: a connection attempt does not always end when its token says so.
                return await keeper.PingAsync(deadline.Token).WaitAsync(deadline.Token);
            }
            catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
            {
                return false;
            }
        }

        private static void Write(HttpContext http, Action<Utf8JsonWriter> members)
        {
            http.Response.ContentType = "application/json";
            http.Response.Headers.CacheControl = "no-store";
            JsonReply.Write(http.Response, members, static (json, write) => write(json));
        }
    }
}
