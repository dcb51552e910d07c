namespace GrainAnalytics.Core.Blocks;

/// <summary>Compares texts as PostgreSQL's collation "C" does: by the bytes of their UTF-8. UTF-16 puts surrogates before the last of the other characters.</summary>
public sealed class Utf8Order : IComparer<string?>
{
    /// <summary>The order.</summary>
    public static Utf8Order Instance { get; } = new();

    /// <inheritdoc/>
    public int Compare(string? x, string? y)
    {
        if (x is null || y is null) return (x is null ? 0 : 1) - (y is null ? 0 : 1);
        var same = x.AsSpan().CommonPrefixLength(y);
        if (same == x.Length || same == y.Length) return x.Length.CompareTo(y.Length);
        return Place(x[same]).CompareTo(Place(y[same]));
    }

    private static int Place(char c) => char.IsSurrogate(c) ? c + 0x10000 : c;
}
