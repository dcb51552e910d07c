using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Web.Errors;

namespace GrainAnalytics.Web.Auth;

/// <summary>The policy of everything that reads a site's data: an API key, and an end to the waiting.</summary>
internal static class ReadEndpoint
{
    /// <summary>Longest time a lookup may take before it is answered 503.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    /// <summary>Answers a lookup of the key's site.</summary>
    public delegate Task Handler(HttpContext http, Site site, CancellationToken cancel);

    /// <summary>Puts the policy around a handler.</summary>
    /// <param name="sites">Finds keys.</param>
    /// <param name="handler">Answers.</param>
    /// <param name="timeout">Longest time; <see cref="Timeout"/> without.</param>
    public static RequestDelegate Create(ISiteDirectory sites, Handler handler, TimeSpan? timeout = null) => async http =>
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        deadline.CancelAfter(timeout ?? Timeout);
        try
        {
            if (await AuthorizeAsync(http, sites, deadline.Token) is { } site) await handler(http, site, deadline.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !http.RequestAborted.IsCancellationRequested
            && !http.Response.HasStarted)
        {
            await Problems.WriteAsync(http, 503, "read-timeout", "The database took too long; try again later.");
        }
    };

    private static async ValueTask<Site?> AuthorizeAsync(HttpContext http, ISiteDirectory sites, CancellationToken cancel)
    {
        if (Credentials.Find(http.Request) is not { } key)
        {
            await Problems.WriteAsync(http, 401, IngestOutcome.MissingKey.Code(),
                "An API key is required: Authorization: Bearer KEY, X-Write-Key, or ?writeKey=.");
            return null;
        }
        var access = await sites.FindAsync(key, cancel);
        if (access is null) await Problems.WriteAsync(http, 401, IngestOutcome.UnknownKey.Code(), "The key is not known.");
        else if (access.Kind == KeyKind.Api) return access.Site;
        else await Problems.WriteAsync(http, 403, "write-key-cannot-read", "A write key may only send; reading needs the site's API key.");
        return null;
    }
}
