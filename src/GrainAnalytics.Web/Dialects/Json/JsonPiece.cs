using System.Text;
using System.Text.Json;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Web.Dialects.Json;

/// <summary>Where a value stands in a JSON text that was read before; nothing is copied.</summary>
/// <param name="Start">Its first byte; of a string the quote.</param>
/// <param name="Length">Bytes, quotes and brackets included.</param>
/// <param name="Kind">Its first token; None when it is absent.</param>
internal readonly record struct JsonPiece(int Start, int Length, JsonTokenType Kind)
{
    /// <summary>True for what is not there, and for null.</summary>
    public bool IsAbsent => Kind is JsonTokenType.None or JsonTokenType.Null;

    /// <summary>True for a string that is not empty.</summary>
    public bool IsText => Kind == JsonTokenType.String && Length > 2;

    public bool IsNumber => Kind == JsonTokenType.Number;

    public bool IsObject => Kind == JsonTokenType.StartObject;

    public bool IsArray => Kind == JsonTokenType.StartArray;

    /// <summary>The value as it stands there.</summary>
    public ReadOnlySpan<byte> In(ReadOnlySpan<byte> text) => text.Slice(Start, Length);

    /// <summary>What is between the quotes of a string, escapes included; empty for anything else.</summary>
    public ReadOnlySpan<byte> TextIn(ReadOnlySpan<byte> text) => Kind == JsonTokenType.String ? text.Slice(Start + 1, Length - 2) : default;

    /// <summary>True for the string that is written like this, without escapes.</summary>
    public bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> expected) => TextIn(text).SequenceEqual(expected);

    /// <summary>The string, or the digits of a number; null for anything else, for what is longer, and for what is no text.</summary>
    public string? ToText(ReadOnlySpan<byte> text, int longest)
    {
        if (IsNumber) return Length <= longest ? Encoding.ASCII.GetString(In(text)) : null;
        var raw = TextIn(text);
        if (raw.Length == 0 || raw.Length > 6 * longest || JsonText.FindFault(raw) != TextFault.None) return null;
        Span<byte> plain = stackalloc byte[raw.Length];
        var found = Encoding.UTF8.GetString(plain[..JsonText.Unescape(raw, plain)]);
        return found.Length <= longest ? found : null;
    }
}
