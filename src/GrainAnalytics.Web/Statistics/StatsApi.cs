using GrainAnalytics.Core.Queries;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Web.Auth;
using GrainAnalytics.Web.Http;

namespace GrainAnalytics.Web.Statistics;

/// <summary>GET /v1/stats/…</summary>
internal static class StatsApi
{
    public static void MapStats(this IEndpointRouteBuilder routes)
    {
        var sites = routes.Service<ISiteDirectory>();
        var handler = new Handler(routes.Service<IQueries>(), routes.Service<TimeProvider>());
        routes.MapRead("/v1/stats/dau", ReadEndpoint.Create(sites, handler.DailyActiveUsersAsync))
            .WithKind(EndpointKind.Stats).WithMetadata(StatsDescriptions.DailyActiveUsers);
        routes.MapRead("/v1/stats/top-events", ReadEndpoint.Create(sites, handler.TopEventsAsync))
            .WithKind(EndpointKind.Stats).WithMetadata(StatsDescriptions.TopEvents);
    }

    private sealed class Handler(IQueries queries, TimeProvider time)
    {
        public async Task DailyActiveUsersAsync(HttpContext http, Site site, CancellationToken cancel)
        {
            var parameters = new QueryParameters(http.Request);
            var range = DayRange.Read(parameters, site.Clock.DayOf(time.NowMicroseconds()));
            if (parameters.HasErrors)
            {
                await parameters.WriteErrorsAsync(http);
                return;
            }
            var days = await queries.DailyActiveUsersAsync(site, range.From, range.To, cancel);
            Table.Write(http, ("date", "activeUsers"), days.Select(day => (day.Date.ToString("yyyy-MM-dd"), day.ActiveUsers)),
                json => json.WriteString("timeZone"u8, site.Clock.TimeZoneId));
        }

        public async Task TopEventsAsync(HttpContext http, Site site, CancellationToken cancel)
        {
            var parameters = new QueryParameters(http.Request);
            var range = DayRange.Read(parameters, site.Clock.DayOf(time.NowMicroseconds()));
            var limit = parameters.Number("limit", 1, 1000, 10);
            if (parameters.HasErrors)
            {
                await parameters.WriteErrorsAsync(http);
                return;
            }
            var types = await queries.TopEventsAsync(site, range.From, range.To, limit, cancel);
            Table.Write(http, ("type", "count"), types.Select(type => (type.Type, type.Count)));
        }
    }
}
