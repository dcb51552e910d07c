using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Journeys;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Web.Auth;
using GrainAnalytics.Web.Http;

namespace GrainAnalytics.Web.Journeys;

/// <summary>GET /v1/users/{userId}/journey and /v1/journey?userId=.</summary>
internal static class JourneyApi
{
    public static void MapJourneys(this IEndpointRouteBuilder routes)
    {
        var sites = routes.Service<ISiteDirectory>();
        var handler = new Handler(routes.Service<IAnalyticsEngine>());
        routes.MapRead("/v1/users/{userId}/journey", ReadEndpoint.Create(sites, handler.ByPathAsync))
            .WithKind(EndpointKind.Journey).WithMetadata(JourneyDescriptions.ByPath);
        routes.MapRead("/v1/journey", ReadEndpoint.Create(sites, handler.ByQueryAsync))
            .WithKind(EndpointKind.Journey).WithMetadata(JourneyDescriptions.ByQuery);
    }

    private sealed class Handler(IAnalyticsEngine engine)
    {
        public Task ByPathAsync(HttpContext http, Site site, CancellationToken cancel)
        {
            var parameters = new QueryParameters(http.Request);
            var userId = (string)http.Request.RouteValues["userId"]!;
            if (PathId.HasEscapedSlash(http, userId, 1, out _))
                parameters.Error("userId", "must not contain an escaped slash here; use /v1/journey?userId= for such ids.");
            return ReadAsync(http, site, userId, parameters, cancel);
        }

        public Task ByQueryAsync(HttpContext http, Site site, CancellationToken cancel)
        {
            var parameters = new QueryParameters(http.Request);
            var userId = parameters.Text("userId");
            if (userId is null) parameters.Error("userId", "is required.");
            return ReadAsync(http, site, userId ?? "-", parameters, cancel);
        }

        private Task ReadAsync(HttpContext http, Site site, string userId, QueryParameters parameters, CancellationToken cancel)
        {
            parameters.CheckIdentifier("userId", userId);
            var query = Query(userId, parameters);
            return parameters.HasErrors ? parameters.WriteErrorsAsync(http) : AnswerAsync(http, site, query, cancel);
        }

        private async Task AnswerAsync(HttpContext http, Site site, JourneyQuery query, CancellationToken cancel) =>
            await JourneyWriter.WriteAsync(http, query.UserId, await engine.ReadJourneyAsync(site, query, cancel));

        private static JourneyQuery Query(string userId, QueryParameters parameters)
        {
            var from = parameters.Time("from", atDayEnd: false) ?? long.MinValue;
            var to = parameters.Time("to", atDayEnd: true) ?? long.MaxValue;
            if (from > to) parameters.Error("from", "must not lie after to.");
            EventPosition? before = null;
            if (parameters.Text("cursor") is { } cursor)
            {
                if (EventPosition.TryParseCursor(cursor, out var position)) before = position;
                else parameters.Error("cursor", "must be the nextCursor of an earlier page.");
            }
            return new JourneyQuery(userId, from, to, parameters.Identifier("type"), parameters.Number("limit", 1, 1000, 100), before);
        }
    }
}
