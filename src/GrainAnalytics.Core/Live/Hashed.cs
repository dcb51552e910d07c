namespace GrainAnalytics.Core.Live;

/// <summary>A <see cref="UserHash"/> as a key of tables, mixed with a secret of this process: senders can choose ids whose
/// hashes would share a bucket.</summary>
internal readonly record struct Hashed(ulong Value)
{
    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Value);
}
