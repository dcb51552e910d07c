namespace GrainAnalytics.Core.Engine;

/// <summary>Gets the store ready and keeps it so, beside the serving of requests.</summary>
public interface IStoreKeeper
{
    /// <summary>True once the store can be used: schema, partitions and first site are there.</summary>
    bool IsReady { get; }

    /// <summary>Works until cancelled: makes the store ready, again and again until it succeeds, then does its upkeep.</summary>
    /// <exception cref="InvalidOperationException">The store can never become ready for this program; the message says why.</exception>
    Task RunAsync(CancellationToken cancel);

    /// <summary>Asks the store for a sign of life.</summary>
    /// <returns>True when it answered.</returns>
    Task<bool> PingAsync(CancellationToken cancel);
}
