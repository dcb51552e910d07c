namespace GrainAnalytics.Core.Writing;

/// <summary>How long an event that came now would wait, from what the last writes took: the backlog divided by the rate of commits.</summary>
/// <remarks>A plain state machine: no locks, no I/O; a note that is lost to another writer's at the same moment changes nothing.
/// It counts in writes and not in events a second: an idle server's small commits say little about how fast it clears a
/// backlog, while a write of a backlog is full and takes what full writes take.</remarks>
/// <param name="writers">Writes that run at the same time.</param>
/// <param name="maxFlushSize">Events in a full write.</param>
/// <param name="longest">No single write counts as longer: one that hung says little about the next ones.</param>
internal sealed class WaitEstimate(int writers, int maxFlushSize, TimeSpan longest)
{
    private const double Share = 1 / 8.0;      // of the newest write in the mean; the last dozen or so count

    private double _meanSeconds;

    /// <summary>Notes a write.</summary>
    public void Flushed(TimeSpan took)
    {
        var seconds = Math.Min(took.TotalSeconds, longest.TotalSeconds);
        var mean = Volatile.Read(ref _meanSeconds);
        Volatile.Write(ref _meanSeconds, mean == 0 ? seconds : mean + (seconds - mean) * Share);
    }

    /// <summary>The wait.</summary>
    /// <param name="queued">Events that no writer has taken yet.</param>
    /// <param name="underWay">How long the oldest write has been running; zero when none is.</param>
    /// <returns>Zero while the queue is less than one full write: what waits then goes with the next one.</returns>
    public TimeSpan Of(int queued, TimeSpan underWay)
    {
        if (queued < maxFlushSize) return TimeSpan.Zero;
        var mean = Volatile.Read(ref _meanSeconds);
        // A write that is late already will, for all one knows, take as long again; those behind it are expected to be as ever.
        var late = underWay.TotalSeconds > 2 * mean ? underWay.TotalSeconds : 0;
        return TimeSpan.FromSeconds(late + mean * queued / maxFlushSize / writers);
    }
}
