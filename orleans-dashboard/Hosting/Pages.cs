using System.Text.Encodings.Web;
using GrainAnalytics.OrleansDashboard.Access;
using GrainAnalytics.OrleansDashboard.Cluster;

namespace GrainAnalytics.OrleansDashboard.Hosting;

/// <summary>The program's own pages; they have no script.</summary>
internal static class Pages
{
    private const string Style = """
        :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
        main { max-width: 26rem; margin: 15vh auto 0; padding: 0 1rem; }
        h1 { font-size: 1.3rem; }
        input, button { font: inherit; padding: .4rem .6rem; }
        input { display: block; width: 100%; box-sizing: border-box; margin: .3rem 0 .8rem; }
        .wrong { color: #c62828; }
        """;

    /// <summary>True when a person waits for the answer, and not a script.</summary>
    public static bool IsWantedBy(HttpRequest request) => request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

    public static Task SignInAsync(HttpContext http, string? why) => WriteAsync(http, "Sign in", $"""
        <h1>GrainAnalytics cluster</h1>
        {(why is null ? "" : $"<p class=\"wrong\" role=\"alert\">{HtmlEncoder.Default.Encode(why)}</p>")}
        <form method="post" action="{Link(http, SignInApi.Path)}">
          <label>Admin token <input name="token" type="password" autocomplete="current-password" required autofocus></label>
          <button>Sign in</button>
        </form>
        """);

    public static Task StartAsync(HttpContext http, ClusterState cluster) => WriteAsync(http, "Cluster", $"""
        <h1>GrainAnalytics cluster</h1>
        <p{(cluster.IsReachable ? "" : " class=\"wrong\"")}>{Describe(cluster)}</p>
        <p><a href="{Link(http, ClusterGate.Path + "/")}">Orleans Dashboard</a></p>
        <form method="post" action="{Link(http, "/sign-out")}"><button>Sign out</button></form>
        """);

    /// <summary>Stands where the dashboard would be, and looks again by itself.</summary>
    public static Task AwayAsync(HttpContext http, ClusterState cluster)
    {
        http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        http.Response.Headers.RetryAfter = "5";
        http.Response.Headers["Refresh"] = "5";
        return StartAsync(http, cluster);
    }

    private static string Describe(ClusterState cluster) => cluster.IsReachable
        ? $"Connected; {cluster.Silos} {(cluster.Silos == 1 ? "silo is" : "silos are")} active."
        : $"The cluster cannot be reached: {HtmlEncoder.Default.Encode(cluster.Reason!)}";

    private static string Link(HttpContext http, string path) => HtmlEncoder.Default.Encode(http.Request.PathBase + path);

    private static Task WriteAsync(HttpContext http, string title, string body)
    {
        http.Response.ContentType = "text/html; charset=utf-8";
        return http.Response.WriteAsync($"""
            <!doctype html>
            <html lang="en">
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <link rel="icon" href="data:,">
            <title>{title} · GrainAnalytics</title>
            <style>{Style}</style>
            <main>
            {body}
            </main>
            </html>

            """, http.RequestAborted);
    }
}
