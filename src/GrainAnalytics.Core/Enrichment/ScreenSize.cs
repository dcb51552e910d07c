namespace GrainAnalytics.Core.Enrichment;

/// <summary>Sizes of screens in one spelling.</summary>
internal static class ScreenSize
{
    /// <summary>Bytes of the longest one.</summary>
    public const int MaxSize = 5 + 1 + 5;

    /// <summary>A size such as <c>1920x1080</c>; empty when the text is none.</summary>
    /// <param name="text">Two numbers of one to five digits with an x between them.</param>
    /// <param name="scratch">At least <see cref="MaxSize"/> bytes; holds the size.</param>
    public static ReadOnlySpan<byte> Normalize(ReadOnlySpan<byte> text, Span<byte> scratch)
    {
        var x = text.IndexOfAny((byte)'x', (byte)'X');
        if (x is < 1 or > 5 || text.Length - x - 1 is < 1 or > 5) return default;
        if (text[..x].ContainsAnyExceptInRange((byte)'0', (byte)'9') || text[(x + 1)..].ContainsAnyExceptInRange((byte)'0', (byte)'9')) return default;
        if (text[0] == '0' || text[x + 1] == '0') return default;
        text.CopyTo(scratch);
        scratch[x] = (byte)'x';
        return scratch[..text.Length];
    }
}
