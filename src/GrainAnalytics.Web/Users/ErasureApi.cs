using GrainAnalytics.Core.Erasures;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.Web.Admin;
using GrainAnalytics.Web.Errors;
using GrainAnalytics.Web.Http;
using GrainAnalytics.Web.Operations;

namespace GrainAnalytics.Web.Users;

/// <summary>DELETE /v1/users/{userId}, /v1/users?userId= and /v1/users/profile?userId=: erases a user, for who has the operator's token.</summary>
internal static class ErasureApi
{
    // A user of a million events takes this long on a small machine.
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(2);

    public static void MapErasure(this IEndpointRouteBuilder routes)
    {
        var guard = routes.Service<OperatorGuard>();
        var handler = new Handler(routes.Service<UserEraser>(), routes.Service<ISiteRegistry>(), routes.Service<ILogger<UserEraser>>());
        Map("/v1/users/{userId}", handler.ByPathAsync, ErasureDescriptions.ByPath);
        Map("/v1/users", handler.ByQueryAsync, ErasureDescriptions.ByQuery);
        Map("/v1/users/profile", handler.ByQueryAsync, ErasureDescriptions.Profile);

        void Map(string path, AdminEndpoint.Handler handle, Documentation.ApiOperation description) =>
            routes.MapDelete(path, AdminEndpoint.Create(guard, handle, Timeout)).WithKind(EndpointKind.Admin).WithMetadata(description);
    }

    private sealed class Handler(UserEraser eraser, ISiteRegistry sites, ILogger log)
    {
        public Task ByPathAsync(HttpContext http, CancellationToken cancel)
        {
            var parameters = new QueryParameters(http.Request);
            var userId = (string)http.Request.RouteValues["userId"]!;
            if (PathId.HasEscapedSlash(http, userId, 0, out _))
                parameters.Error("userId", "must not contain an escaped slash here; use /v1/users/profile?userId= for such ids.");
            return EraseAsync(http, userId, parameters, cancel);
        }

        public Task ByQueryAsync(HttpContext http, CancellationToken cancel)
        {
            var parameters = new QueryParameters(http.Request);
            var userId = parameters.Text("userId");
            if (userId is null) parameters.Error("userId", "is required.");
            return EraseAsync(http, userId ?? "-", parameters, cancel);
        }

        private async Task EraseAsync(HttpContext http, string userId, QueryParameters parameters, CancellationToken cancel)
        {
            parameters.CheckIdentifier("userId", userId);
            var number = parameters.Number("site", 1, int.MaxValue, 0);
            if (parameters.HasErrors)
            {
                await parameters.WriteErrorsAsync(http);
                return;
            }
            try
            {
                var all = await sites.ListAsync(cancel);
                if (number == 0 && all.Count != 1)
                    await Problems.WriteParametersAsync(http, new Dictionary<string, string> { ["site"] = "is required where there are several sites." });
                else if ((number == 0 ? all[0] : all.FirstOrDefault(site => site.Id == number)) is not { } site)
                    await Problems.WriteAsync(http, 404, "no-such-site", "There is no site with this number.");
                else Write(http, await eraser.EraseAsync(site, userId, cancel));
            }
            catch (EventStoreException e)
            {
                log.UserNotErased(e.Message);
                await Problems.WriteAsync(http, 503, "not-erased", "The user could not be erased now, or not everywhere; ask again, which is harmless.");
            }
        }

        private static void Write(HttpContext http, ErasureReceipt receipt) => SitesJson.Write(http, 200, json =>
        {
            json.WriteString("userId"u8, receipt.UserId);
            json.WriteString("erasedAt"u8, Instant.ToText(receipt.ErasedAt));
            json.WriteStartObject("removed"u8);
            json.WriteNumber("events"u8, receipt.Events);
            json.WriteNumber("sessions"u8, receipt.Sessions);
            json.WriteNumber("activeDays"u8, receipt.ActiveDays);
            json.WriteNumber("identities"u8, receipt.Identities);
            json.WriteNumber("deadLetters"u8, receipt.DeadLetters);
            json.WriteEndObject();
        });
    }
}
