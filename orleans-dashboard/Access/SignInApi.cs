using GrainAnalytics.OrleansDashboard.Cluster;
using GrainAnalytics.OrleansDashboard.Hosting;

namespace GrainAnalytics.OrleansDashboard.Access;

/// <summary>Signing in and out with a browser, and the start page of who is signed in.</summary>
internal static class SignInApi
{
    public static readonly PathString Path = "/sign-in";

    public static void MapSignIn(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, (RequestDelegate)(http => Pages.SignInAsync(http, null)));
        routes.MapPost(Path, SignInAsync);
        routes.MapPost("/sign-out", SignOut);
        routes.MapGet("/", StartAsync);
    }

    // A form that another site sends gains nothing without the token, and signing out needs the cookie, which SameSite keeps
    // from requests of other sites: no further token against forged requests.
    private static async Task SignInAsync(HttpContext http, TokenCheck check, Sessions sessions, SessionCookie cookie, ILogger<Session> log)
    {
        if (!check.Passes(http, await ReadTokenAsync(http.Request, http.RequestAborted)))
        {
            var why = TokenCheck.Explain(http.Response.StatusCode);
            await (Pages.IsWantedBy(http.Request) ? Pages.SignInAsync(http, why) : Problems.WriteAsync(http, http.Response.StatusCode, "wrong-token", why));
            return;
        }
        sessions.Find(cookie.Read(http.Request))?.End();
        cookie.Write(http, sessions.Open());
        log.SignedIn(http.Connection.RemoteIpAddress);
        Redirect(http, $"{ClusterGate.Path}/");
    }

    private static void SignOut(HttpContext http, SessionCookie cookie)
    {
        http.Features.Get<Session>()?.End();
        cookie.Delete(http);
        Redirect(http, Path);
    }

    private static async Task StartAsync(HttpContext http, ClusterProbe probe) =>
        await Pages.StartAsync(http, await probe.LookAsync());

    private static async Task<string?> ReadTokenAsync(HttpRequest request, CancellationToken cancel)
    {
        if (!request.HasFormContentType) return null;
        try
        {
            return (await request.ReadFormAsync(cancel))["token"];
        }
        catch (Exception e) when (e is InvalidDataException or BadHttpRequestException)
        {
            return null;    // no token either
        }
    }

    private static void Redirect(HttpContext http, string path)
    {
        http.Response.StatusCode = StatusCodes.Status303SeeOther;
        http.Response.Headers.Location = http.Request.PathBase + path;
    }
}
