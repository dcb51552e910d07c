using GrainAnalytics.Core.Writing;

namespace GrainAnalytics.Grains.Engine;

/// <summary>What a grain call can fail with that is no bug.</summary>
internal static class Failures
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>True when the same call may succeed at another activation: its silo died, stops or does not answer.</summary>
    public static bool IsTransient(Exception e) => e is OrleansException or TimeoutException or OperationCanceledException;

    /// <summary>A call that dies with its silo is made again, to the new activation, within the time for an answer.</summary>
    /// <exception cref="EventStoreException">The time is over.</exception>
    public static async Task<T> CallAsync<T>(Func<ValueTask<T>> call, TimeSpan within, CancellationToken cancel)
    {
        using var budget = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        budget.CancelAfter(within);
        while (true)
        {
            try
            {
                return await call().AsTask().WaitAsync(budget.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (IsTransient(e) && !cancel.IsCancellationRequested)
            {
                if (!await PauseAsync(budget.Token).ConfigureAwait(false))
                    throw new EventStoreException(StoreFailure.Away, isOutcomeUnknown: true, "The silo that holds what was asked for does not answer.", e);
            }
        }
    }

    /// <summary>Waits before the next attempt.</summary>
    /// <returns>False when the time for an answer is over.</returns>
    public static async Task<bool> PauseAsync(CancellationToken budget)
    {
        await Task.Delay(Pause, budget).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !budget.IsCancellationRequested;
    }
}
