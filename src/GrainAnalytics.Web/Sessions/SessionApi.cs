using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Sessions;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Web.Auth;
using GrainAnalytics.Web.Errors;
using GrainAnalytics.Web.Http;
using GrainAnalytics.Web.Journeys;

namespace GrainAnalytics.Web.Sessions;

/// <summary>GET /v1/sessions/{id}.</summary>
internal static class SessionApi
{
    private static readonly byte[] Tail = "]}"u8.ToArray();

    public static void MapSessions(this IEndpointRouteBuilder routes)
    {
        var handler = new Handler(routes.Service<IAnalyticsEngine>());
        routes.MapRead("/v1/sessions/{id}", ReadEndpoint.Create(routes.Service<ISiteDirectory>(), handler.ReadAsync))
            .WithKind(EndpointKind.Session).WithMetadata(SessionDescription.Get);
    }

    private sealed class Handler(IAnalyticsEngine engine)
    {
        public async Task ReadAsync(HttpContext http, Site site, CancellationToken cancel)
        {
            var parameters = new QueryParameters(http.Request);
            var id = (string)http.Request.RouteValues["id"]!;
            // Sessions have no other form of their path, so here an escaped slash is part of the id.
            if (PathId.HasEscapedSlash(http, id, 0, out var raw)) id = Uri.UnescapeDataString(raw);
            parameters.CheckIdentifier("id", id);
            if (parameters.HasErrors) await parameters.WriteErrorsAsync(http);
            else if (await engine.ReadSessionAsync(site, id, cancel) is { } session)
                await EventListWriter.WriteAsync(http, Head(session), session.Events, Tail);
            else await Problems.WriteAsync(http, 404, "session-not-found", "No event of this site names this session.");
        }

        private static byte[] Head(SessionView session) => Encoding.UTF8.GetBytes(
            $"{{\"sessionId\":{Quote(session.SessionId)},\"userId\":{Quote(session.UserId)},\"startedAt\":\"{Instant.ToText(session.StartedAt)}\","
            + $"\"lastSeenAt\":\"{Instant.ToText(session.LastSeenAt)}\",\"eventCount\":{session.EventCount},\"events\":[");

        private static string Quote(string text) => $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).Value}\"";
    }
}
