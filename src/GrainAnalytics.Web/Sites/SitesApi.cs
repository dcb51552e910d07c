using System.Globalization;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Web.Auth;
using GrainAnalytics.Web.Errors;
using GrainAnalytics.Web.Http;
using GrainAnalytics.Web.Operations;

namespace GrainAnalytics.Web.Sites;

/// <summary>/v1/admin/sites: sites, their quotas and keys, for who has the operator's token.</summary>
internal static class SitesApi
{
    public static void MapSites(this IEndpointRouteBuilder routes)
    {
        var guard = routes.Service<OperatorGuard>();
        var handler = new Handler(routes.Service<ISiteRegistry>());
        routes.MapRead("/v1/admin/sites", guard.Require(InTime(handler.ListAsync))).WithMetadata(SitesDescriptions.List);
        routes.MapRead("/v1/admin/sites/{siteId}", guard.Require(InTime(handler.ReadAsync))).WithMetadata(SitesDescriptions.One);
        routes.MapPut("/v1/admin/sites/{siteId}/quota", guard.Require(InTime(handler.SetQuotaAsync))).WithMetadata(SitesDescriptions.SetQuota);
        routes.MapPost("/v1/admin/sites/{siteId}/keys", guard.Require(InTime(handler.AddKeyAsync))).WithMetadata(SitesDescriptions.AddKey);
        routes.MapDelete("/v1/admin/sites/{siteId}/keys/{sha256}", guard.Require(InTime(handler.RemoveKeyAsync))).WithMetadata(SitesDescriptions.RemoveKey);
    }

    private static RequestDelegate InTime(Func<HttpContext, CancellationToken, Task> endpoint) => async http =>
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        deadline.CancelAfter(ReadEndpoint.Timeout);
        try
        {
            await endpoint(http, deadline.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !http.RequestAborted.IsCancellationRequested && !http.Response.HasStarted)
        {
            await Problems.WriteAsync(http, 503, "read-timeout", "The database took too long; try again later.");
        }
    };

    private sealed class Handler(ISiteRegistry sites)
    {
        public async Task ListAsync(HttpContext http, CancellationToken cancel)
        {
            var all = await sites.ListAsync(cancel);
            SitesJson.Write(http, 200, json => SitesJson.WriteList(json, all));
        }

        public async Task ReadAsync(HttpContext http, CancellationToken cancel)
        {
            if (SiteId(http) is { } siteId && await sites.ReadAsync(siteId, cancel) is { } site) SitesJson.Write(http, 200, json => SitesJson.WriteDetails(json, site));
            else await NoSuchSiteAsync(http);
        }

        public async Task SetQuotaAsync(HttpContext http, CancellationToken cancel)
        {
            var body = await JsonFields.ReadAsync(http.Request, cancel);
            var quota = SitesJson.ReadQuota(body);
            if (body.HasErrors) await body.WriteErrorsAsync(http);
            else if (SiteId(http) is { } siteId && await sites.SetQuotaAsync(siteId, quota, cancel) is { } site)
                SitesJson.Write(http, 200, json => SitesJson.WriteDetails(json, site));
            else await NoSuchSiteAsync(http);
        }

        public async Task AddKeyAsync(HttpContext http, CancellationToken cancel)
        {
            var body = await JsonFields.ReadAsync(http.Request, cancel);
            var key = SitesJson.ReadKey(body);
            if (body.HasErrors) await body.WriteErrorsAsync(http);
            else if (SiteId(http) is not { } siteId || await sites.AddKeyAsync(siteId, key!, cancel) is not { } isAdded) await NoSuchSiteAsync(http);
            else if (isAdded) SitesJson.Write(http, 201, json => SitesJson.WriteKey(json, key!));
            else await Problems.WriteAsync(http, 409, "key-exists", "Another site has this key, or this one has it as another kind.");
        }

        public async Task RemoveKeyAsync(HttpContext http, CancellationToken cancel)
        {
            if (SiteId(http) is { } siteId && SitesJson.HashOf((string)http.Request.RouteValues["sha256"]!) is { } hash && await sites.RemoveKeyAsync(siteId, hash, cancel))
                SitesJson.Write(http, 200, json => json.WriteBoolean("removed"u8, true));
            else await Problems.WriteAsync(http, 404, "no-such-key", "The site has no key with this SHA-256.");
        }

        private static int? SiteId(HttpContext http) =>
            int.TryParse((string)http.Request.RouteValues["siteId"]!, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;

        private static Task NoSuchSiteAsync(HttpContext http) => Problems.WriteAsync(http, 404, "no-such-site", "There is no site with this number.");
    }
}
