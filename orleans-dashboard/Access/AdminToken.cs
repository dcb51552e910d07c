using System.Security.Cryptography;
using System.Text;
using GrainAnalytics.OrleansDashboard.Hosting;

namespace GrainAnalytics.OrleansDashboard.Access;

/// <summary>The token, as something that can only be compared.</summary>
internal sealed class AdminToken(DashboardSettings settings)
{
    private const string Scheme = "Bearer ";

    // Of equal length whatever was sent, so that the comparison's time says nothing of the token.
    private readonly byte[] _hash = Hash(settings.AdminToken);

    public bool Is(string? candidate) => candidate is not null && CryptographicOperations.FixedTimeEquals(Hash(candidate.Trim()), _hash);

    /// <summary>What a script sent; null when it sent nothing of the kind.</summary>
    public static string? Of(HttpRequest request) =>
        request.Headers.Authorization is [{ } authorization] && authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? authorization[Scheme.Length..] : null;

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
