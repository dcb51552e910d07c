using System.Text;

namespace GrainAnalytics.Core.Enrichment;

/// <summary>Groups sources and media into channels. The first rule that fits decides.</summary>
internal static class Channels
{
    private const int LongestMedium = 32;

    private static readonly Dictionary<string, byte[]>.AlternateLookup<ReadOnlySpan<char>> OfMedium = DataFile.Rows("media.txt")
        .SelectMany(row => row[1].Split(',').Select(medium => (Medium: medium, Channel: Encoding.ASCII.GetBytes(row[0]))))
        .ToDictionary(each => each.Medium, each => each.Channel).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The channel of a link that was followed.</summary>
    /// <param name="source">utm_source or what stands for it; empty for none.</param>
    /// <param name="medium">utm_medium or what stands for it; empty for none.</param>
    /// <param name="campaign">utm_campaign; empty for none.</param>
    /// <param name="kind">What is known of the source.</param>
    public static ReadOnlySpan<byte> Of(ReadOnlySpan<byte> source, ReadOnlySpan<byte> medium, ReadOnlySpan<byte> campaign, SourceKind kind)
    {
        if (source.IsEmpty && medium.IsEmpty && campaign.IsEmpty) return "direct"u8;
        Span<char> lower = stackalloc char[LongestMedium];
        var length = 0;
        if (medium.Length <= LongestMedium) Ascii.ToLower(medium, lower, out length);
        ReadOnlySpan<char> name = lower[..length];
        if (name is "" or "(none)" or "none" or "(not set)" && (source.IsEmpty || IsDirect(source)) && campaign.IsEmpty) return "direct"u8;
        if (IsPaid(name))
            switch (kind)
            {
                case SourceKind.Search: return "paid search"u8;
                case SourceKind.Social: return "paid social"u8;
                case SourceKind.Video: return "paid video"u8;
                case SourceKind.Shopping: return "paid shopping"u8;
            }
        if (OfMedium.TryGetValue(name, out var channel)) return channel;
        if (IsPaid(name)) return "paid other"u8;
        return kind switch
        {
            SourceKind.Search => "organic search"u8,
            SourceKind.Social => "social"u8,
            SourceKind.Video => "video"u8,
            SourceKind.Email => "email"u8,
            SourceKind.Shopping => "shopping"u8,
            SourceKind.Ai => "ai assistant"u8,
            _ => name switch { "organic" => "organic search"u8, "referral" or "link" or "app" => "referral"u8, _ => "other"u8 },
        };
    }

    // cpc, ppc, cpm, cpa, paid, paid-…
    private static bool IsPaid(ReadOnlySpan<char> medium) => medium.Contains("cp", StringComparison.Ordinal) || medium.StartsWith("paid")
        || medium is "ppc" or "retargeting" or "ads" or "ad";

    private static bool IsDirect(ReadOnlySpan<byte> source) => Ascii.EqualsIgnoreCase(source, "direct"u8) || Ascii.EqualsIgnoreCase(source, "(direct)"u8);
}
