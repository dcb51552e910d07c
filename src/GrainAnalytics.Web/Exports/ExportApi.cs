using System.IO.Pipelines;
using GrainAnalytics.Core.Exports;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Web.Auth;
using GrainAnalytics.Web.Errors;
using GrainAnalytics.Web.Http;

namespace GrainAnalytics.Web.Exports;

/// <summary>GET /v1/export: a site's raw events, one after the other, for as long as it takes.</summary>
internal static class ExportApi
{
    private const int FlushAt = 64 * 1024;

    // A statement whose rows nobody takes holds locks: partitions cannot be dropped, nor databases beside this one.
    private static readonly TimeSpan MostPause = TimeSpan.FromSeconds(2), MostReading = TimeSpan.FromSeconds(30);

    public static void MapExport(this IEndpointRouteBuilder routes)
    {
        var options = routes.Service<ExportOptions>();
        var handler = new Handler(routes.Service<IExports>(), routes.Service<TimeProvider>(), new SemaphoreSlim(options.MaxAtOnce));
        routes.MapRead("/v1/export", ReadEndpoint.Create(routes.Service<ISiteDirectory>(), handler.ExportAsync, Timeout.InfiniteTimeSpan))
            .WithKind(EndpointKind.Export).WithMetadata(ExportDescription.Export);
    }

    private enum Format { Ndjson, Csv }

    private sealed class Handler(IExports exports, TimeProvider time, SemaphoreSlim places)
    {
        public async Task ExportAsync(HttpContext http, Site site, CancellationToken cancel)
        {
            var parameters = new QueryParameters(http.Request);
            var format = parameters.Word("format", Format.Ndjson);
            var query = Query(site, parameters);
            if (parameters.HasErrors)
            {
                await parameters.WriteErrorsAsync(http);
                return;
            }
            if (!places.Wait(0, CancellationToken.None))
            {
                http.Response.Headers.RetryAfter = "30";
                await Problems.WriteAsync(http, 503, "export-busy", "Other exports are under way on this server; try again later.");
                return;
            }
            try
            {
                await WriteAsync(http, query, format, cancel);
            }
            finally
            {
                places.Release();
            }
        }

        private async Task WriteAsync(HttpContext http, ExportQuery query, Format format, CancellationToken cancel)
        {
            var response = http.Response;
            response.ContentType = format == Format.Csv ? "text/csv; charset=utf-8; header=present" : "application/x-ndjson";
            response.Headers.CacheControl = "no-store";
            if (HttpMethods.IsHead(http.Request.Method)) return;
            IExportFormat rows = format == Format.Csv ? new CsvExport() : new NdjsonExport();
            var pipe = response.BodyWriter;
            var hasBegun = false;
            while (true)
            {
                Task? slow = null;
                ExportPosition? last = null;
                var since = time.GetTimestamp();
                await foreach (var value in exports.ReadAsync(query, cancel))
                {
                    // Only now: a database that is away is said so, and not in the middle of an answer.
                    if (!hasBegun) rows.Begin(pipe);
                    hasBegun = true;
                    rows.Write(pipe, value);
                    last = value.Position;
                    // Waits for the client: no more is read from the database than is written.
                    if (pipe.UnflushedBytes >= FlushAt && (slow = await FlushAsync(pipe, since, cancel)) is not null) break;
                }
                // A slow client is waited for without a statement, and is sent what comes behind.
                if (slow is null) break;
                await slow;
                query = query with { After = last };
            }
            if (!hasBegun) rows.Begin(pipe);
            await pipe.FlushAsync(cancel);
        }

        // Null as soon as the client took what is written; a task to wait for when it takes its time.
        private async ValueTask<Task?> FlushAsync(PipeWriter pipe, long since, CancellationToken cancel)
        {
            var flush = pipe.FlushAsync(cancel);
            if (flush.IsCompleted)
            {
                await flush;
                return null;
            }
            var task = flush.AsTask();
            if (time.GetElapsedTime(since) > MostReading) return task;
            try
            {
                await task.WaitAsync(MostPause, time, cancel);
                return null;
            }
            catch (TimeoutException)
            {
                return task;
            }
        }

        private static ExportQuery Query(Site site, QueryParameters parameters)
        {
            var from = Bound(site, parameters, "from", isEnd: false) ?? 0;
            var to = Bound(site, parameters, "to", isEnd: true) ?? long.MaxValue;
            if (from > to) parameters.Error("from", "must not lie after to.");
            ExportPosition? after = null;
            if (parameters.Text("cursor") is { } cursor)
            {
                if (ExportPosition.TryParseCursor(cursor, out var position)) after = position;
                else parameters.Error("cursor", "must be the cursor of an exported event.");
            }
            return new ExportQuery(site, from, to, parameters.Identifier("type"), after);
        }

        // A date is a whole day of the site.
        private static long? Bound(Site site, QueryParameters parameters, string name, bool isEnd)
        {
            if (parameters.Text(name) is not { Length: 10 }) return parameters.Time(name, isEnd);
            return parameters.Date(name) is not { } day ? null : isEnd ? site.Clock.DayStart(day.AddDays(1)) - 1 : site.Clock.DayStart(day);
        }
    }
}
