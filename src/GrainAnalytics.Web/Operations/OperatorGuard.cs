using System.Security.Cryptography;
using System.Text;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Web.Errors;
using Microsoft.Extensions.Options;

namespace GrainAnalytics.Web.Operations;

/// <summary>Keeps the operations endpoints for who has the operator's token, when the options say so.</summary>
internal sealed class OperatorGuard
{
    private const string Scheme = "Bearer ";
    private readonly byte[]? _hash;

    public OperatorGuard(IOptions<OperationsOptions> options, BootstrapOptions bootstrap)
    {
        // Of equal length whatever was sent, so that the comparison's time says nothing of the token.
        if (options.Value.RequireToken) _hash = SHA256.HashData(Encoding.UTF8.GetBytes(bootstrap.AdminToken!));
    }

    /// <summary>The endpoint itself, or one that asks for the token first.</summary>
    public RequestDelegate Protect(RequestDelegate endpoint) => _hash is null ? endpoint : http => HasToken(http.Request)
        ? endpoint(http)
        : Problems.WriteAsync(http, 401, "operator-token-required", "This endpoint needs the operator's token: Authorization: Bearer TOKEN.");

    private bool HasToken(HttpRequest request) =>
        request.Headers.Authorization is [{ } authorization] && authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(authorization[Scheme.Length..].Trim())), _hash);
}
