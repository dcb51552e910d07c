using System.Text;
using GrainAnalytics.Web.Auth;

namespace GrainAnalytics.Web.Dialects;

/// <summary>Finds the key in a request's head, also where Segment's SDKs put it.</summary>
internal static class DialectKeys
{
    private const string Basic = "Basic ";
    private const int Longest = 200;

    /// <summary>The key of <c>Authorization: Basic</c>, whose password is empty, or where our own clients put it; null when there is none.</summary>
    public static string? Find(HttpRequest request) =>
        request.Headers.Authorization is [{ } authorization, ..] && authorization.StartsWith(Basic, StringComparison.OrdinalIgnoreCase)
            ? OfBasic(authorization.AsSpan(Basic.Length).Trim())
            : Credentials.Find(request);

    private static string OfBasic(ReadOnlySpan<char> encoded)
    {
        Span<byte> bytes = stackalloc byte[Longest + 1];
        // What is no key of a site is answered like any other that nobody has.
        if (!Convert.TryFromBase64Chars(encoded, bytes, out var length)) return Credentials.NoKey;
        var pair = bytes[..length];
        if (pair.EndsWith(":"u8)) pair = pair[..^1];
        return pair.Length is 0 or > Longest ? Credentials.NoKey : Encoding.UTF8.GetString(pair);
    }
}
