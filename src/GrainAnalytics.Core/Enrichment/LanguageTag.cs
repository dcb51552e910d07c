using System.Buffers.Text;
using System.Text;

namespace GrainAnalytics.Core.Enrichment;

/// <summary>Language tags (BCP 47) in one spelling: language, script and region, and nothing behind them.</summary>
internal static class LanguageTag
{
    /// <summary>Bytes of the longest one.</summary>
    public const int MaxSize = 3 + 1 + 4 + 1 + 3;

    /// <summary>The first tag of a text in its usual spelling: <c>de</c>, <c>pt-BR</c>, <c>zh-Hant-TW</c>; empty when it is none.</summary>
    /// <param name="text">UTF-8: a tag, or several with commas between them.</param>
    /// <param name="scratch">At least <see cref="MaxSize"/> bytes; holds the tag.</param>
    public static ReadOnlySpan<byte> Normalize(ReadOnlySpan<byte> text, Span<byte> scratch)
    {
        var end = text.IndexOfAny((byte)',', (byte)';');
        if (end >= 0) text = text[..end];
        text = text[Ascii.Trim(text)];
        var language = TakeSubtag(ref text);
        if (language.Length is not (2 or 3) || !IsLetters(language)) return default;
        Ascii.ToLower(language, scratch, out var size);
        var subtag = TakeSubtag(ref text);
        if (subtag.Length == 4 && IsLetters(subtag))
        {
            Append(subtag, scratch, ref size, isScript: true);
            subtag = TakeSubtag(ref text);
        }
        if (subtag.Length == 2 && IsLetters(subtag) || subtag.Length == 3 && !subtag.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
            Append(subtag, scratch, ref size, isScript: false);
        return scratch[..size];
    }

    /// <summary>The tag that an Accept-Language header likes best; empty when it names none.</summary>
    /// <param name="header">The header, or null.</param>
    /// <param name="scratch">At least <see cref="MaxSize"/> bytes; holds the tag.</param>
    public static ReadOnlySpan<byte> OfHeader(string? header, Span<byte> scratch)
    {
        if (string.IsNullOrEmpty(header)) return default;
        Span<byte> item = stackalloc byte[64], tag = stackalloc byte[MaxSize];
        var (best, size) = (-1.0, 0);
        var items = 0;
        foreach (var range in header.AsSpan().Split(','))
        {
            if (++items > 16) break;        // nobody's browser sends more
            var text = header.AsSpan(range).Trim();
            if (text.Length is 0 or > 64 || !Ascii.IsValid(text)) continue;
            var bytes = item[..Encoding.ASCII.GetBytes(text, item)];
            var weight = Weight(bytes);
            if (weight <= best) continue;
            var found = Normalize(bytes, tag);
            if (found.IsEmpty) continue;
            found.CopyTo(scratch);
            (best, size) = (weight, found.Length);
        }
        return scratch[..size];
    }

    private static ReadOnlySpan<byte> TakeSubtag(ref ReadOnlySpan<byte> tag)
    {
        var end = tag.IndexOfAny((byte)'-', (byte)'_');
        var subtag = end < 0 ? tag : tag[..end];
        tag = end < 0 ? default : tag[(end + 1)..];
        return subtag;
    }

    private static double Weight(ReadOnlySpan<byte> item)
    {
        var at = item.IndexOf(";q="u8);
        return at < 0 ? 1 : Utf8Parser.TryParse(item[(at + 3)..], out double weight, out _) ? weight : 0;
    }

    private static void Append(ReadOnlySpan<byte> subtag, Span<byte> scratch, ref int size, bool isScript)
    {
        scratch[size++] = (byte)'-';
        for (var i = 0; i < subtag.Length; i++)
            scratch[size++] = !char.IsAsciiLetter((char)subtag[i]) ? subtag[i] : (byte)(isScript && i > 0 ? subtag[i] | 0x20 : subtag[i] & ~0x20);
    }

    private static bool IsLetters(ReadOnlySpan<byte> text)
    {
        foreach (var c in text) if (!char.IsAsciiLetter((char)c)) return false;
        return true;
    }
}
