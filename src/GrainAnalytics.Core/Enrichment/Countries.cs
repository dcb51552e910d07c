using System.Text;

namespace GrainAnalytics.Core.Enrichment;

/// <summary>Countries by their ISO 3166-1 codes of two letters.</summary>
internal static class Countries
{
    private const int Size = 2, LongestZone = 64;

    private static readonly Dictionary<string, byte[]>.AlternateLookup<ReadOnlySpan<char>> ByZone =
        DataFile.Rows("timezones.txt").ToDictionary(row => row[0], row => Encoding.ASCII.GetBytes(row[1]), StringComparer.OrdinalIgnoreCase)
            .GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>A country's code in upper case; empty when the text is none. Proxies say XX where they do not know.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="scratch">At least two bytes; holds the code.</param>
    public static ReadOnlySpan<byte> Normalize(ReadOnlySpan<byte> text, Span<byte> scratch)
    {
        if (text.Length != Size || !char.IsAsciiLetter((char)text[0]) || !char.IsAsciiLetter((char)text[1])) return default;
        (scratch[0], scratch[1]) = ((byte)(text[0] & ~0x20), (byte)(text[1] & ~0x20));
        return scratch[..Size].SequenceEqual("XX"u8) ? default : scratch[..Size];
    }

    /// <summary>The country of a time zone's name; empty when it belongs to none, such as UTC.</summary>
    /// <param name="zone">UTF-8.</param>
    public static ReadOnlySpan<byte> OfTimeZone(ReadOnlySpan<byte> zone)
    {
        if (zone.IsEmpty || zone.Length > LongestZone || !Ascii.IsValid(zone)) return default;
        Span<char> name = stackalloc char[LongestZone];
        return ByZone.TryGetValue(name[..Encoding.ASCII.GetChars(zone, name)], out var country) ? country : default;
    }
}
