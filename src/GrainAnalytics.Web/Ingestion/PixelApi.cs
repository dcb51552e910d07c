using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Web.Auth;
using GrainAnalytics.Web.Errors;
using GrainAnalytics.Web.Http;

namespace GrainAnalytics.Web.Ingestion;

/// <summary>GET /v1/pixel.gif: an event for where there are no scripts, such as e-mails.</summary>
internal static class PixelApi
{
    // One transparent pixel.
    private static readonly byte[] Gif = Convert.FromBase64String("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7");

    public static void MapPixel(this IEndpointRouteBuilder routes)
    {
        var handler = new Handler(routes.Service<IngestPipeline>(), routes.Service<IngestOptions>(), routes.Service<TimeProvider>());
        // Not HEAD: who only looks at the address opened nothing.
        routes.MapGet("/v1/pixel.gif", (RequestDelegate)handler.CollectAsync).WithKind(EndpointKind.Events).WithMetadata(PixelDescription.Get);
        routes.MapMethods("/v1/pixel.gif", [HttpMethods.Options], (RequestDelegate)CrossOrigin.AnswerGetPreflight).WithKind(EndpointKind.Events);
    }

    private sealed class Handler(IngestPipeline pipeline, IngestOptions options, TimeProvider time)
    {
        public async Task CollectAsync(HttpContext http)
        {
            CrossOrigin.Allow(http);
            using var context = new IngestContext(options, time.NowMicroseconds(), Credentials.Find(http.Request), new PixelBody(http.Request));
            var outcome = await pipeline.RunAsync(context, http.RequestAborted);
            if (outcome != IngestOutcome.Accepted) Refuse(http.Response, outcome, context);
            var response = http.Response;
            // Every showing is an event.
            response.Headers.CacheControl = "no-store";
            response.Headers["Cross-Origin-Resource-Policy"] = "cross-origin";
            response.ContentType = "image/gif";
            response.ContentLength = Gif.Length;
            await response.BodyWriter.WriteAsync(Gif, http.RequestAborted);
        }

        // The picture comes all the same: nobody who reads an e-mail shall see a broken one. Who looks closer finds the reason.
        private static void Refuse(HttpResponse response, IngestOutcome outcome, IngestContext context)
        {
            var (status, detail) = IngestProblems.Of(outcome);
            var code = outcome.Code();
            if (context.Errors is [var error]) (code, detail) = (error.Outcome.Code(), error.Detail);
            response.StatusCode = status;
            response.Headers["X-Problem"] = $"urn:grainanalytics:{code}";
            response.Headers["X-Problem-Detail"] = context.Detail ?? detail;
            if (context.Limit is { } limit) LimitHeaders.Write(response, limit);
            else if (status == StatusCodes.Status503ServiceUnavailable) LimitHeaders.RetryAfter(response, context.RetryAfter ?? TimeSpan.FromSeconds(Problems.RetryAfterSeconds));
        }
    }
}
