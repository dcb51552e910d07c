namespace GrainAnalytics.Core.Text;

/// <summary>Lets tables of texts be asked with bytes that nobody owns.</summary>
internal sealed class Utf8TextComparer : IEqualityComparer<Utf8Text>, IAlternateEqualityComparer<ReadOnlySpan<byte>, Utf8Text>
{
    public static readonly Utf8TextComparer Instance = new();

    public bool Equals(Utf8Text x, Utf8Text y) => x.Equals(y);

    public int GetHashCode(Utf8Text text) => text.GetHashCode();

    public bool Equals(ReadOnlySpan<byte> alternate, Utf8Text other) => alternate.SequenceEqual(other.Bytes.Span);

    public int GetHashCode(ReadOnlySpan<byte> alternate)
    {
        var hash = new HashCode();
        hash.AddBytes(alternate);
        return hash.ToHashCode();
    }

    public Utf8Text Create(ReadOnlySpan<byte> alternate) => new(alternate.ToArray());
}
