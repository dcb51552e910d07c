using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Visitors;
using GrainAnalytics.Web.Dialects.Jitsu;
using GrainAnalytics.Web.Dialects.Plausible;
using GrainAnalytics.Web.Dialects.PostHog;
using GrainAnalytics.Web.Dialects.RudderStack;
using GrainAnalytics.Web.Dialects.Segment;
using GrainAnalytics.Web.Dialects.Umami;
using GrainAnalytics.Web.Enrichment;
using GrainAnalytics.Web.Http;
using GrainAnalytics.Web.Ingestion;

namespace GrainAnalytics.Web.Dialects;

/// <summary>The ways in for other products' SDKs.</summary>
internal static class DialectsApi
{
    public static void MapDialects(this IEndpointRouteBuilder routes)
    {
        var (options, visitors) = (routes.Service<DialectOptions>(), routes.Service<Visitors>());
        var dialects = new DialectRoutes(routes, new DialectHandler(routes.Service<IngestPipeline>(), routes.Service<IngestOptions>(),
            routes.Service<TimeProvider>(), routes.Service<BodyMemory>(), routes.Service<EnrichmentOptions>(), routes.Service<IVisitorSalts>()));
        if (options.Segment || options.RudderStack) dialects.MapSegmentCalls();
        if (options.Segment) dialects.MapSegmentBrowser();
        if (options.RudderStack) dialects.MapRudderStack();
        if (options.Jitsu) dialects.MapJitsu();
        if (options.PostHog) dialects.MapPostHog();
        if (options.Plausible) dialects.Map("/api/event", new PlausibleDialect(visitors));
        if (options.Umami) dialects.MapUmami(visitors);
    }
}
