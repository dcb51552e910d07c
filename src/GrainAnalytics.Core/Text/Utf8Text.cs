namespace GrainAnalytics.Core.Text;

/// <summary>UTF-8 text as a key of tables and sorts, compared by bytes as PostgreSQL's collation "C" does.</summary>
/// <param name="Bytes">The text.</param>
public readonly record struct Utf8Text(ReadOnlyMemory<byte> Bytes) : IComparable<Utf8Text>
{
    /// <summary>Same bytes.</summary>
    public bool Equals(Utf8Text other) => Bytes.Span.SequenceEqual(other.Bytes.Span);

    /// <inheritdoc/>
    // Seeded per process, so that chosen texts cannot fill one bucket of a table.
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Bytes.Span);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public int CompareTo(Utf8Text other) => Bytes.Span.SequenceCompareTo(other.Bytes.Span);
}
