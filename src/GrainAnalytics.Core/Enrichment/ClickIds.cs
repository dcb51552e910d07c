using System.Text;

namespace GrainAnalytics.Core.Enrichment;

/// <summary>Who put a parameter into the address of a link.</summary>
/// <param name="Source">utm_source that it stands for.</param>
/// <param name="Medium">utm_medium that it stands for.</param>
internal sealed record ClickId(byte[] Source, byte[] Medium);

/// <summary>Parameters by which advertising and social networks find their clicks again.</summary>
internal static class ClickIds
{
    private const int Longest = 16;

    private static readonly Dictionary<string, ClickId>.AlternateLookup<ReadOnlySpan<char>> Known = DataFile.Rows("clickids.txt")
        .ToDictionary(row => row[0], row => new ClickId(Encoding.ASCII.GetBytes(row[1]), Encoding.ASCII.GetBytes(row[2])), StringComparer.OrdinalIgnoreCase)
        .GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>What a parameter stands for; null for any other.</summary>
    public static ClickId? Find(ReadOnlySpan<byte> name)
    {
        if (name.Length is < 4 or > Longest || !Ascii.IsValid(name)) return null;
        Span<char> text = stackalloc char[Longest];
        return Known.TryGetValue(text[..Encoding.ASCII.GetChars(name, text)], out var found) ? found : null;
    }
}
