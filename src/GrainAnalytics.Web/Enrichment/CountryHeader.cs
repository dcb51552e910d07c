using System.Net;
using GrainAnalytics.Web.Limits;

namespace GrainAnalytics.Web.Enrichment;

/// <summary>Takes the country's header off requests that did not come through a trusted proxy: anybody could have written it.</summary>
internal static class CountryHeader
{
    /// <summary>Adds the check when there is such a header. Before the client's address takes the proxy's place.</summary>
    public static void UseCountryHeader(this WebApplication app, EnrichmentOptions options, ProxyOptions proxies)
    {
        if (options.Header is not { } header) return;
        var (trusted, _) = proxies.Read();      // checked at the start
        app.Use(next => http =>
        {
            if (http.Request.Headers.ContainsKey(header) && !IsTrusted(trusted, http.Connection.RemoteIpAddress)) http.Request.Headers.Remove(header);
            return next(http);
        });
    }

    private static bool IsTrusted(IReadOnlyList<IPNetwork> trusted, IPAddress? address)
    {
        if (address is null) return false;
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        foreach (var network in trusted) if (network.Contains(address)) return true;
        return false;
    }
}
