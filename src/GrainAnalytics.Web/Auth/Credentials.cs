using Microsoft.Extensions.Primitives;

namespace GrainAnalytics.Web.Auth;

/// <summary>Finds the key a request carries.</summary>
internal static class Credentials
{
    /// <summary>The key in Authorization: Bearer, else X-Write-Key, else ?writeKey=; null when there is none.</summary>
    public static string? Find(HttpRequest request)
    {
        if (request.Headers.Authorization is [{ Length: > 7 } authorization, ..]
            && authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)) return Usable(authorization[7..].Trim());
        if (request.Headers.TryGetValue("X-Write-Key", out var header) && !StringValues.IsNullOrEmpty(header)) return Usable(header[0]);
        return request.QueryString.HasValue && request.Query.TryGetValue("writeKey", out var query) ? Usable(query[0]) : null;
    }

    /// <summary>Nobody's: a key has visible characters only.</summary>
    public const string NoKey = " ";

    // Longer than any key: looked up it would only cost.
    private static string? Usable(string? key) => string.IsNullOrEmpty(key) ? null : key.Length <= 200 ? key : NoKey;
}
