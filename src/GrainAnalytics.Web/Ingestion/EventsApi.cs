using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Web.Auth;
using GrainAnalytics.Web.Enrichment;
using GrainAnalytics.Web.Http;

namespace GrainAnalytics.Web.Ingestion;

/// <summary>POST /v1/events.</summary>
internal static class EventsApi
{
    public static void MapEvents(this IEndpointRouteBuilder routes)
    {
        var handler = new EventsHandler(routes.ServiceProvider.GetRequiredService<IngestPipeline>(),
            routes.ServiceProvider.GetRequiredService<IngestOptions>(), routes.ServiceProvider.GetRequiredService<TimeProvider>(),
            routes.ServiceProvider.GetRequiredService<BodyMemory>(), routes.ServiceProvider.GetRequiredService<EnrichmentOptions>());
        // A bare request delegate: model binding would build objects that the pipeline has no use for.
        routes.MapPost("/v1/events", (RequestDelegate)handler.IngestAsync).WithKind(EndpointKind.Events).WithMetadata(EventsDescription.Post);
        routes.MapMethods("/v1/events", [HttpMethods.Options], (RequestDelegate)CrossOrigin.AnswerPreflight).WithKind(EndpointKind.Events);
    }

    private sealed class EventsHandler(IngestPipeline pipeline, IngestOptions options, TimeProvider time, BodyMemory memory, EnrichmentOptions enrichment)
    {
        public async Task IngestAsync(HttpContext http)
        {
            CrossOrigin.Allow(http);
            using var body = new RequestBody(http.Request, memory);
            using var context = new IngestContext(options, time.NowMicroseconds(), Credentials.Find(http.Request), body)
            {
                Request = RequestHeaders.Read(http.Request, enrichment),
            };
            var outcome = await pipeline.RunAsync(context, http.RequestAborted);
            if (outcome == IngestOutcome.Accepted) IngestReply.WriteAccepted(http.Response, context);
            else await IngestReply.WriteRefusedAsync(http, outcome, context);
        }
    }
}
