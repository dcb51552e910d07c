namespace GrainAnalytics.Grains.Engine;

/// <summary>What a grain call can fail with that is no bug.</summary>
internal static class Failures
{
    /// <summary>True when the same call may succeed at another activation: its silo died, stops or does not answer.</summary>
    public static bool IsTransient(Exception e) => e is OrleansException or TimeoutException or OperationCanceledException;
}
