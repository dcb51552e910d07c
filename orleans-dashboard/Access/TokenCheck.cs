using System.Globalization;
using GrainAnalytics.OrleansDashboard.Hosting;

namespace GrainAnalytics.OrleansDashboard.Access;

/// <summary>Decides about a token that was sent, whichever way it came.</summary>
internal sealed class TokenCheck(AdminToken token, Guesses guesses, ILogger<TokenCheck> log)
{
    /// <summary>True when it is the token. Otherwise the response's status says why not: 401, or 429 with Retry-After.</summary>
    public bool Passes(HttpContext http, string? candidate)
    {
        var address = http.Connection.RemoteIpAddress;
        var wait = guesses.Take(address);
        if (wait > TimeSpan.Zero)
        {
            http.Response.StatusCode = StatusCodes.Status429TooManyRequests;
            http.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            return false;
        }
        if (token.Is(candidate))
        {
            guesses.GiveBack(address);
            return true;
        }
        log.WrongToken(address);
        http.Response.StatusCode = StatusCodes.Status401Unauthorized;
        return false;
    }

    /// <summary>Says in words what the status says.</summary>
    public static string Explain(int status) => status == StatusCodes.Status429TooManyRequests
        ? $"Too many wrong tokens came from this address. Each {Guesses.Every.TotalSeconds:0} seconds another may be tried."
        : "That is not the admin token.";
}
