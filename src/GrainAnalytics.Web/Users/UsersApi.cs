using System.Globalization;
using System.Text.Json;
using GrainAnalytics.Core.Queries;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Web.Auth;
using GrainAnalytics.Web.Errors;
using GrainAnalytics.Web.Http;

namespace GrainAnalytics.Web.Users;

/// <summary>GET /v1/users, /v1/users/{userId} and /v1/users/profile?userId=.</summary>
internal static class UsersApi
{
    public static void MapUsers(this IEndpointRouteBuilder routes)
    {
        var sites = routes.Service<ISiteDirectory>();
        var handler = new Handler(routes.Service<IQueries>());
        routes.MapRead("/v1/users", ReadEndpoint.Create(sites, handler.ListAsync)).WithKind(EndpointKind.Stats).WithMetadata(UserDescriptions.List);
        routes.MapRead("/v1/users/profile", ReadEndpoint.Create(sites, handler.ByQueryAsync)).WithKind(EndpointKind.Stats).WithMetadata(UserDescriptions.ByQuery);
        routes.MapRead("/v1/users/{userId}", ReadEndpoint.Create(sites, handler.ByPathAsync)).WithKind(EndpointKind.Stats).WithMetadata(UserDescriptions.ByPath);
    }

    private sealed class Handler(IQueries queries)
    {
        public async Task ListAsync(HttpContext http, Site site, CancellationToken cancel)
        {
            var parameters = new QueryParameters(http.Request);
            if (parameters.Text("sort") is { } sort && sort != "lastSeen") parameters.Error("sort", "must be lastSeen.");
            var limit = parameters.Number("limit", 1, 1000, 100);
            var query = new UserQuery(site, parameters.Identifier("query") ?? "", limit, Cursor(parameters));
            if (parameters.HasErrors)
            {
                await parameters.WriteErrorsAsync(http);
                return;
            }
            var users = await queries.UsersAsync(query with { Limit = limit + 1 }, cancel);
            http.Response.ContentType = "application/json";
            JsonReply.Write(http.Response, (users, limit), static (json, list) =>
            {
                var count = Math.Min(list.users.Count, list.limit);
                json.WriteNumber("count"u8, count);
                json.WriteStartArray("users"u8);
                foreach (var user in list.users.Take(count))
                {
                    json.WriteStartObject();
                    WriteMembers(json, user);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
                if (list.users.Count > count) json.WriteString("nextCursor"u8, CursorOf(list.users[count - 1]));
                else json.WriteNull("nextCursor"u8);
            });
        }

        public Task ByPathAsync(HttpContext http, Site site, CancellationToken cancel)
        {
            var parameters = new QueryParameters(http.Request);
            var userId = (string)http.Request.RouteValues["userId"]!;
            if (PathId.HasEscapedSlash(http, userId, 0, out _))
                parameters.Error("userId", "must not contain an escaped slash here; use /v1/users/profile?userId= for such ids.");
            return ReadAsync(http, site, userId, parameters, cancel);
        }

        public Task ByQueryAsync(HttpContext http, Site site, CancellationToken cancel)
        {
            var parameters = new QueryParameters(http.Request);
            var userId = parameters.Text("userId");
            if (userId is null) parameters.Error("userId", "is required.");
            return ReadAsync(http, site, userId ?? "-", parameters, cancel);
        }

        private async Task ReadAsync(HttpContext http, Site site, string userId, QueryParameters parameters, CancellationToken cancel)
        {
            parameters.CheckIdentifier("userId", userId);
            if (parameters.HasErrors)
            {
                await parameters.WriteErrorsAsync(http);
                return;
            }
            if (await queries.FindUserAsync(site, userId, cancel) is not { } user)
            {
                await Problems.WriteAsync(http, 404, "unknown-user", "The site has no event of this user.");
                return;
            }
            var traits = await queries.TraitsAsync(site, user.UserId, cancel);
            http.Response.ContentType = "application/json";
            JsonReply.Write(http.Response, (user, traits), static (json, profile) =>
            {
                WriteMembers(json, profile.user);
                json.WriteStartObject("traits"u8);
                foreach (var (name, value) in profile.traits.Traits)
                {
                    json.WritePropertyName(name);
                    value.WriteTo(json);
                }
                json.WriteEndObject();
                json.WriteStartArray("groups"u8);
                foreach (var group in profile.traits.Groups) json.WriteStringValue(group);
                json.WriteEndArray();
            });
        }

        private static void WriteMembers(Utf8JsonWriter json, UserSummary user)
        {
            json.WriteString("userId"u8, user.UserId);
            json.WriteString("firstSeen"u8, Instant.ToText(user.FirstSeenAt));
            json.WriteString("lastSeen"u8, Instant.ToText(user.LastSeenAt));
            json.WriteNumber("events"u8, user.Events);
            json.WriteNumber("sessions"u8, user.Sessions);
        }

        private static string CursorOf(UserSummary user) => $"{user.LastSeenAt.ToString(CultureInfo.InvariantCulture)}.{user.UserId}";

        private static UserPosition? Cursor(QueryParameters parameters)
        {
            if (parameters.Text("cursor") is not { } cursor) return null;
            var dot = cursor.IndexOf('.');
            if (dot > 0 && long.TryParse(cursor.AsSpan(0, dot), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var at) && Instant.IsDateTime(at)
                && dot + 1 < cursor.Length && parameters.CheckIdentifier("cursor", cursor[(dot + 1)..])) return new UserPosition(at, cursor[(dot + 1)..]);
            parameters.Error("cursor", "must be the nextCursor of an earlier page.");
            return null;
        }
    }
}
