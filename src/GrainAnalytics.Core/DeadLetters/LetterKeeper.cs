namespace GrainAnalytics.Core.DeadLetters;

/// <summary>Keeps the dead letters within their bounds.</summary>
public sealed class LetterKeeper(IDeadLetterStore store, DeadLetterOptions options, DeadLetterMetrics metrics)
{
    /// <summary>Removes what is too old or too much.</summary>
    /// <exception cref="Writing.EventStoreException">The store did not answer.</exception>
    public async Task CleanAsync(CancellationToken cancel)
    {
        foreach (var (cause, letters) in await store.CleanAsync(options, cancel).ConfigureAwait(false)) metrics.Expired(cause, letters);
    }
}
