using Microsoft.AspNetCore.HttpOverrides;

namespace GrainAnalytics.Web.Limits;

/// <summary>Puts the client's address in the place of a trusted proxy's.</summary>
internal static class TrustedProxies
{
    /// <summary>Adds the framework's middleware when there are trusted proxies. Without any it would trust everybody.</summary>
    public static void UseTrustedProxies(this WebApplication app, ProxyOptions options)
    {
        var (networks, _) = options.Read();     // checked at the start
        if (networks.Count == 0) return;
        var forwarded = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor,
            ForwardLimit = null,    // as many hops as are trusted
        };
        forwarded.KnownProxies.Clear();
        forwarded.KnownIPNetworks.Clear();
        foreach (var network in networks) forwarded.KnownIPNetworks.Add(network);
        app.UseForwardedHeaders(forwarded);
    }
}
