using System.Globalization;

namespace GrainAnalytics.PostgreSql.Sites;

/// <summary>What a site may be called beside its keys.</summary>
internal static class SiteNames
{
    private const int Longest = 253;    // of a domain name

    /// <summary>A domain in lower case and without "www.", or a number; empty for what can be neither.</summary>
    public static string Normalize(string name)
    {
        name = name.Trim();
        if (name.StartsWith("www.", StringComparison.OrdinalIgnoreCase)) name = name[4..];
        // Control characters and halves of surrogate pairs are no text that PostgreSQL takes.
        return name.Length is 0 or > Longest || name.Any(c => char.IsControl(c) || char.IsSurrogate(c)) ? "" : name.ToLowerInvariant();
    }

    /// <summary>The site's number that a name is; 0, which no site has, when it is none.</summary>
    public static int NumberOf(string name) => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
