using System.Security.Cryptography;
using System.Text;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Web.Auth;
using GrainAnalytics.Web.Errors;
using Microsoft.Extensions.Options;

namespace GrainAnalytics.Web.Operations;

/// <summary>Keeps the operations endpoints for who has the operator's token, when the options say so, and the admin endpoints
/// always.</summary>
internal sealed class OperatorGuard
{
    private const string Scheme = "Bearer ";
    private readonly byte[]? _hash;
    private readonly bool _isEverywhere;
    private readonly ISiteDirectory _sites;

    public OperatorGuard(IOptions<OperationsOptions> options, BootstrapOptions bootstrap, ISiteDirectory sites)
    {
        // Of equal length whatever was sent, so that the comparison's time says nothing of the token.
        if (!string.IsNullOrEmpty(bootstrap.AdminToken)) _hash = SHA256.HashData(Encoding.UTF8.GetBytes(bootstrap.AdminToken));
        (_isEverywhere, _sites) = (options.Value.RequireToken, sites);
    }

    /// <summary>The endpoint itself, or one that asks for the token first.</summary>
    public RequestDelegate Protect(RequestDelegate endpoint) => !_isEverywhere ? endpoint : http => HasToken(http.Request)
        ? endpoint(http)
        : Problems.WriteAsync(http, 401, "operator-token-required", "This endpoint needs the operator's token: Authorization: Bearer TOKEN.");

    /// <summary>An endpoint that always asks for the token first.</summary>
    public RequestDelegate Require(RequestDelegate endpoint) => http => HasToken(http.Request) ? endpoint(http) : RefuseAsync(http);

    private async Task RefuseAsync(HttpContext http)
    {
        if (_hash is null)
            await Problems.WriteAsync(http, 403, "operator-token-not-set", "Nobody may use this endpoint: the server has no operator's token, see Bootstrap__AdminToken.");
        else if (Credentials.Find(http.Request) is { } key && await _sites.FindAsync(key, http.RequestAborted) is not null)
            await Problems.WriteAsync(http, 403, "site-key-is-no-operator", "A site's key may not do this; the operator's token may.");
        else await Problems.WriteAsync(http, 401, "operator-token-required", "This endpoint needs the operator's token: Authorization: Bearer TOKEN.");
    }

    private bool HasToken(HttpRequest request) =>
        _hash is not null && request.Headers.Authorization is [{ } authorization] && authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(authorization[Scheme.Length..].Trim())), _hash);
}
