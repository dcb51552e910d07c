using System.Globalization;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Web.Errors;
using GrainAnalytics.Web.Http;
using GrainAnalytics.Web.Operations;

namespace GrainAnalytics.Web.Admin;

/// <summary>/v1/admin/sites: sites, their quotas and keys, for who has the operator's token.</summary>
internal static class SitesApi
{
    private const string All = "/v1/admin/sites", One = All + "/{siteId}";

    public static void MapSites(this IEndpointRouteBuilder routes)
    {
        var guard = routes.Service<OperatorGuard>();
        var handler = new Handler(routes.Service<ISiteRegistry>());
        routes.MapRead(All, AdminEndpoint.Create(guard, handler.ListAsync)).WithKind(EndpointKind.Admin).WithMetadata(SitesDescriptions.List);
        routes.MapRead(One, AdminEndpoint.Create(guard, handler.ReadAsync)).WithKind(EndpointKind.Admin).WithMetadata(SitesDescriptions.One);
        routes.MapPut(One + "/quota", AdminEndpoint.Create(guard, handler.SetQuotaAsync)).WithKind(EndpointKind.Admin).WithMetadata(SitesDescriptions.SetQuota);
        routes.MapPost(One + "/keys", AdminEndpoint.Create(guard, handler.AddKeyAsync)).WithKind(EndpointKind.Admin).WithMetadata(SitesDescriptions.AddKey);
        routes.MapDelete(One + "/keys/{sha256}", AdminEndpoint.Create(guard, handler.RemoveKeyAsync)).WithKind(EndpointKind.Admin)
            .WithMetadata(SitesDescriptions.RemoveKey);
    }

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
