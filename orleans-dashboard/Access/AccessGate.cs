using GrainAnalytics.OrleansDashboard.Hosting;

namespace GrainAnalytics.OrleansDashboard.Access;

/// <summary>Stands before everything: whoever has neither a session nor the token sees health and the sign-in page, nothing else.</summary>
internal sealed class AccessGate(RequestDelegate next, Sessions sessions, SessionCookie cookie, TokenCheck check, IHostApplicationLifetime lifetime)
{
    private static readonly PathString[] Open = ["/health/live", "/health/ready", SignInApi.Path];

    public async Task InvokeAsync(HttpContext http)
    {
        SecureHeaders.Add(http);
        if (Open.Contains(http.Request.Path))
        {
            await next(http);
            return;
        }
        if (sessions.Find(cookie.Read(http.Request)) is { } session)
        {
            http.Features.Set(session);
            await ContinueAsync(http, session.Ended);
        }
        else if (AdminToken.Of(http.Request) is { } sent)
        {
            if (check.Passes(http, sent)) await ContinueAsync(http, default);
            else await RefuseAsync(http, TokenCheck.Explain(http.Response.StatusCode));
        }
        else
        {
            http.Response.StatusCode = StatusCodes.Status401Unauthorized;
            await RefuseAsync(http, null);
        }
    }

    // The log stream lasts for an hour: it must not outlive the session, nor hold up a stop.
    private async Task ContinueAsync(HttpContext http, CancellationToken sessionEnded)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping, sessionEnded);
        http.RequestAborted = end.Token;
        try
        {
            await next(http);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            if (!http.Response.HasStarted) http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        }
    }

    private static Task RefuseAsync(HttpContext http, string? why)
    {
        if (http.Response.StatusCode == StatusCodes.Status401Unauthorized) http.Response.Headers.WWWAuthenticate = "Bearer";
        return Pages.IsWantedBy(http.Request)
            ? Pages.SignInAsync(http, why)
            : Problems.WriteAsync(http, http.Response.StatusCode, "admin-token-required",
                why ?? "The dashboard needs the admin token: sign in with a browser, or send Authorization: Bearer TOKEN.");
    }
}
