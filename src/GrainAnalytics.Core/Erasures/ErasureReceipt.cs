namespace GrainAnalytics.Core.Erasures;

/// <summary>What an erasure removed.</summary>
/// <param name="UserId">The user, as asked for.</param>
/// <param name="ErasedAt">What arrived before is gone, and refused should it still be on its way; Unix microseconds.</param>
public sealed record ErasureReceipt(string UserId, long ErasedAt)
{
    /// <summary>Events, under all ids of the user.</summary>
    public long Events { get; init; }

    /// <summary>Sessions in which nobody else did anything.</summary>
    public long Sessions { get; init; }

    /// <summary>Entries in the lists of a day's active users.</summary>
    public long ActiveDays { get; init; }

    /// <summary>Links between the user's ids.</summary>
    public long Identities { get; init; }

    /// <summary>Events and rows that were set aside.</summary>
    public long DeadLetters { get; init; }
}
