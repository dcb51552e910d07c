namespace GrainAnalytics.Grains.Engine;

/// <summary>What a grain call can fail with that is no bug.</summary>
internal static class Failures
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>True when the same call may succeed at another activation: its silo died, stops or does not answer.</summary>
    public static bool IsTransient(Exception e) => e is OrleansException or TimeoutException or OperationCanceledException;

    /// <summary>Waits before the next attempt.</summary>
    /// <returns>False when the time for an answer is over.</returns>
    public static async Task<bool> PauseAsync(CancellationToken budget)
    {
        await Task.Delay(Pause, budget).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !budget.IsCancellationRequested;
    }
}
