using GrainAnalytics.Core.Queries;
using GrainAnalytics.Core.Rollups;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Web.Auth;
using GrainAnalytics.Web.Documentation;
using GrainAnalytics.Web.Http;

namespace GrainAnalytics.Web.Statistics;

/// <summary>GET /v1/stats/… and /v1/metrics.</summary>
internal static class StatsApi
{
    private delegate Task Handler(StatsRequest request, CancellationToken cancel);

    public static void MapStats(this IEndpointRouteBuilder routes)
    {
        var queries = routes.Service<IQueries>();
        var counts = new CountsHandler(queries);
        var visits = new VisitsHandler(queries);
        var funnels = new FunnelHandler(queries);
        // A scan says itself that it took too long.
        var timeout = routes.Service<ScanOptions>().ScanBudget + TimeSpan.FromSeconds(2);
        Map("dau", (request, cancel) => counts.ActiveUsersAsync(request, Period.Day, cancel), StatsDescriptions.DailyActiveUsers);
        Map("wau", (request, cancel) => counts.ActiveUsersAsync(request, Period.Week, cancel), StatsDescriptions.WeeklyActiveUsers);
        Map("mau", (request, cancel) => counts.ActiveUsersAsync(request, Period.Month, cancel), StatsDescriptions.MonthlyActiveUsers);
        Map("top-events", counts.TopEventsAsync, StatsDescriptions.TopEvents);
        Map("timeseries", counts.TimeSeriesAsync, StatsDescriptions.TimeSeries);
        Map("retention", counts.RetentionAsync, StatsDescriptions.Retention);
        Map("breakdown", visits.BreakdownAsync, VisitDescriptions.Breakdown);
        Map("pages", visits.PagesAsync, VisitDescriptions.Pages);
        Map("sessions", visits.SessionsAsync, VisitDescriptions.Sessions);
        Map("funnel", funnels.FunnelAsync, VisitDescriptions.Funnel);
        Map("paths", funnels.PathsAsync, VisitDescriptions.Paths);
        MapPath("/v1/metrics", counts.MetricsAsync, StatsDescriptions.Metrics);

        void Map(string name, Handler handler, ApiOperation description) => MapPath($"/v1/stats/{name}", handler, description);

        void MapPath(string path, Handler handler, ApiOperation description)
        {
            var time = routes.Service<TimeProvider>();
            routes.MapRead(path, ReadEndpoint.Create(routes.Service<ISiteDirectory>(), (http, site, cancel) =>
                handler(new StatsRequest(http, site, time), cancel), timeout)).WithKind(EndpointKind.Stats).WithMetadata(description);
        }
    }
}
