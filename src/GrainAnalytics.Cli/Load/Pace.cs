using System.Diagnostics;

namespace GrainAnalytics.Cli.Load;

/// <summary>Gives all clients together their turns at an even rate. What could not be sent in its turn because the servers
/// did not answer is not made up for: an outage is followed by the same rate as before, not by a flood.</summary>
/// <param name="eventsPerSecond">0: no waiting.</param>
internal sealed class Pace(double eventsPerSecond)
{
    private static readonly long Slack = Stopwatch.Frequency / 4;
    private readonly Lock _gate = new();
    private long _next = Stopwatch.GetTimestamp();

    /// <summary>Waits for the turn of the next request.</summary>
    /// <param name="events">Events that the request will have.</param>
    /// <param name="stop">Ends the wait.</param>
    /// <returns>False when stopped.</returns>
    public async ValueTask<bool> TurnAsync(int events, CancellationToken stop)
    {
        if (eventsPerSecond <= 0) return !stop.IsCancellationRequested;
        long now = Stopwatch.GetTimestamp(), due;
        lock (_gate)
        {
            due = Math.Max(_next, now - Slack);
            _next = due + (long)(events * (Stopwatch.Frequency / eventsPerSecond));
        }
        if (due > now) await Task.Delay(Stopwatch.GetElapsedTime(now, due), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !stop.IsCancellationRequested;
    }
}
