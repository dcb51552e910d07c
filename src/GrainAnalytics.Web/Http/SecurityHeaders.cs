namespace GrainAnalytics.Web.Http;

/// <summary>What every answer tells browsers: take it for what it says it is, load and run nothing for it, show it in no
/// frame, and tell nobody its address, which may hold a key.</summary>
/// <remarks>No Strict-Transport-Security: this server speaks plain HTTP, where browsers ignore it. It belongs to whoever
/// speaks TLS in front, see SECURITY.md.</remarks>
internal static class SecurityHeaders
{
    private const string Nothing = "default-src 'none'; frame-ancestors 'none'";

    /// <summary>Sets them; pages then replace the policy by one of their own.</summary>
    public static void Set(HttpResponse response)
    {
        var headers = response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = Nothing;
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
    }
}
