using GrainAnalytics.OrleansDashboard.Hosting;

namespace GrainAnalytics.OrleansDashboard.Access;

/// <summary>The cookie that names a session.</summary>
internal sealed class SessionCookie(DashboardSettings settings)
{
    private const string Name = "grain-analytics-dashboard";

    public string? Read(HttpRequest request) => request.Cookies[NameFor(request)];

    public void Write(HttpContext http, string id) => http.Response.Cookies.Append(NameFor(http.Request), id, Options(http.Request, settings.SessionLifetime));

    public void Delete(HttpContext http) => http.Response.Cookies.Append(NameFor(http.Request), "", Options(http.Request, TimeSpan.Zero));

    // With the prefix browsers accept it only from this host by https, so that no neighbour can plant one.
    private static string NameFor(HttpRequest request) => request.IsHttps ? $"__Host-{Name}" : Name;

    private static CookieOptions Options(HttpRequest request, TimeSpan age) =>
        new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = request.IsHttps, Path = "/", MaxAge = age };
}
