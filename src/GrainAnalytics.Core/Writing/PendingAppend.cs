using GrainAnalytics.Core.Ingestion;

namespace GrainAnalytics.Core.Writing;

/// <summary>A request's events on their way through the buffer: done when each has its outcome, or when waiting is over.</summary>
public sealed class PendingAppend
{
    private readonly TaskCompletionSource<IngestOutcome[]> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IngestOutcome[] _outcomes;
    private int _open;

    /// <summary>Expects outcomes for this many events.</summary>
    public PendingAppend(int events)
    {
        _outcomes = new IngestOutcome[events];
        _open = events;
        if (events == 0) _done.SetResult([]);
    }

    /// <summary>One outcome an event, in order.</summary>
    public Task<IngestOutcome[]> Task => _done.Task;

    /// <summary>True when nobody waits any more.</summary>
    public bool IsDone => _done.Task.IsCompleted;

    /// <summary>Decides one event, once.</summary>
    public void Complete(int index, IngestOutcome outcome)
    {
        _outcomes[index] = outcome;
        if (Interlocked.Decrement(ref _open) == 0) _done.TrySetResult(_outcomes);
    }

    /// <summary>Ends the waiting: what is undecided gets this outcome. Events already queued are written all the same.</summary>
    public void GiveUp(IngestOutcome outcome) =>
        _done.TrySetResult([.. _outcomes.Select(decided => decided == IngestOutcome.Accepted ? outcome : decided)]);
}
