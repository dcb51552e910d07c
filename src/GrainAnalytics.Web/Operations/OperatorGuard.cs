using System.Security.Cryptography;
using System.Text;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Web.Errors;
using Microsoft.Extensions.Options;

namespace GrainAnalytics.Web.Operations;

/// <summary>Keeps endpoints for who has the operator's token.</summary>
internal sealed class OperatorGuard(IOptions<OperationsOptions> options, BootstrapOptions bootstrap)
{
    private const string Scheme = "Bearer ";

    // Of equal length whatever was sent, so that the comparison's time says nothing of the token.
    private readonly byte[]? _hash = string.IsNullOrEmpty(bootstrap.AdminToken) ? null : SHA256.HashData(Encoding.UTF8.GetBytes(bootstrap.AdminToken));

    /// <summary>The endpoint itself, or, when the options say so, one that asks for the token first.</summary>
    public RequestDelegate Protect(RequestDelegate endpoint) => options.Value.RequireToken ? Require(endpoint) : endpoint;

    /// <summary>An endpoint that asks for the token first; without a token that was set it is nobody's.</summary>
    public RequestDelegate Require(RequestDelegate endpoint) => http => HasToken(http.Request)
        ? endpoint(http)
        : Problems.WriteAsync(http, 401, "operator-token-required", _hash is null
            ? "This endpoint needs the operator's token, and the server has none: set Bootstrap:AdminToken."
            : "This endpoint needs the operator's token: Authorization: Bearer TOKEN.");

    private bool HasToken(HttpRequest request) =>
        _hash is not null && request.Headers.Authorization is [{ } authorization] && authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(authorization[Scheme.Length..].Trim())), _hash);
}
