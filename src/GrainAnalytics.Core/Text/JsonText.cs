using System.Text;

namespace GrainAnalytics.Core.Text;

/// <summary>What is wrong with the characters of a JSON string that is well-formed otherwise.</summary>
public enum TextFault
{
    /// <summary>Nothing.</summary>
    None,
    /// <summary>It holds U+0000, which PostgreSQL cannot store.</summary>
    Nul,
    /// <summary>It holds half of a surrogate pair, which has no UTF-8 form.</summary>
    LoneSurrogate,
}

/// <summary>The escapes of JSON strings, on UTF-8 bytes that a JSON reader has already found well-formed.</summary>
public static class JsonText
{
    /// <summary>Looks for escapes that stand for U+0000 or half a surrogate pair.</summary>
    /// <param name="json">A string's inside, or any well-formed JSON value: a backslash only occurs in its strings.</param>
    public static TextFault FindFault(ReadOnlySpan<byte> json)
    {
        while (true)
        {
            var at = json.IndexOf((byte)'\\');
            if (at < 0) return TextFault.None;
            json = json[at..];
            if (json[1] != 'u') { json = json[2..]; continue; }
            var unit = Hex(json.Slice(2, 4));
            json = json[6..];
            if (unit == 0) return TextFault.Nul;
            if (unit is < 0xd800 or > 0xdfff) continue;
            if (unit > 0xdbff || !IsEscape(json) || Hex(json.Slice(2, 4)) is < 0xdc00 or > 0xdfff) return TextFault.LoneSurrogate;
            json = json[6..];
        }
    }

    /// <summary>Decodes a string's inside that <see cref="FindFault"/> found faultless.</summary>
    /// <param name="json">The bytes between the quotes.</param>
    /// <param name="destination">At least as long as <paramref name="json"/>: a decoded text is never longer.</param>
    /// <returns>The bytes written.</returns>
    public static int Unescape(ReadOnlySpan<byte> json, Span<byte> destination)
    {
        var written = 0;
        while (true)
        {
            var at = json.IndexOf((byte)'\\');
            if (at < 0) at = json.Length;
            json[..at].CopyTo(destination[written..]);
            written += at;
            if (at == json.Length) return written;
            var c = json[at + 1];
            json = json[(at + 2)..];
            if (c != 'u')
            {
                destination[written++] = c switch
                {
                    (byte)'n' => (byte)'\n', (byte)'t' => (byte)'\t', (byte)'r' => (byte)'\r',
                    (byte)'b' => (byte)'\b', (byte)'f' => (byte)'\f', _ => c,
                };
                continue;
            }
            var unit = Hex(json[..4]);
            json = json[4..];
            if (unit is >= 0xd800 and <= 0xdbff)
            {
                unit = 0x10000 + ((unit - 0xd800) << 10) + (Hex(json.Slice(2, 4)) - 0xdc00);
                json = json[6..];
            }
            written += new Rune(unit).EncodeToUtf8(destination[written..]);
        }
    }

    /// <summary>Code points of well-formed UTF-8, which is what PostgreSQL's char_length counts.</summary>
    public static int CountCharacters(ReadOnlySpan<byte> utf8)
    {
        var count = 0;
        foreach (var b in utf8) if ((b & 0xc0) != 0x80) count++;
        return count;
    }

    private static bool IsEscape(ReadOnlySpan<byte> json) => json.Length >= 6 && json[0] == '\\' && json[1] == 'u';

    private static int Hex(ReadOnlySpan<byte> digits)
    {
        var value = 0;
        foreach (var c in digits) value = value * 16 + (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
        return value;
    }
}
