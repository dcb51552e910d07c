using GrainAnalytics.Core.Writing;

namespace GrainAnalytics.Core.Live;

/// <summary>Rows of one site in a commit.</summary>
internal readonly record struct CommittedRows(IReadOnlyList<EventRow> Rows, int Start, int End, WriteResult Result);

/// <summary>The commits of one site that its owner has not heard of yet.</summary>
internal sealed class CollectedSite : IDisposable
{
    // Some seconds of one writer at full load; more only waits when no thread is free for all that time.
    private const int MostRows = 50_000;

    private readonly Lock _gate = new();
    private readonly int _siteId;
    private readonly TimeSpan _interval;
    private readonly int _mostEvents;
    private readonly TimeProvider _time;
    private readonly Action<LiveUpdate> _send;
    private readonly ITimer _timer;
    private List<CommittedRows> _waiting = [];
    private int _rows;
    private bool _isScheduled, _hasLost, _isReleased;
    private long? _sentAt;

    public CollectedSite(int siteId, TimeSpan interval, int mostEvents, TimeProvider time, Action<LiveUpdate> send)
    {
        (_siteId, _interval, _mostEvents, _time, _send) = (siteId, interval, mostEvents, time, send);
        _timer = time.CreateTimer(static site => ((CollectedSite)site!).Flush(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Notes a commit and sees to it that it is told. Never waits, and folds nothing here: the writer waits for this.</summary>
    /// <returns>False when this one was let go meanwhile: take the new one.</returns>
    public bool TryAdd(in CommittedRows rows)
    {
        lock (_gate)
        {
            if (_isReleased) return false;
            _rows += rows.End - rows.Start;
            if (_rows <= MostRows) _waiting.Add(rows);
            else _hasLost = true;
            if (_isScheduled) return true;
            _isScheduled = true;
            var left = _sentAt is { } sent ? _interval - _time.GetElapsedTime(sent) : TimeSpan.Zero;
            if (left > TimeSpan.Zero) _timer.Change(left, Timeout.InfiniteTimeSpan);
            else ThreadPool.UnsafeQueueUserWorkItem(static site => site.Flush(), this, preferLocal: false);
            return true;
        }
    }

    public void Dispose()
    {
        lock (_gate) _isReleased = true;
        _timer.Dispose();
    }

    private void Flush()
    {
        List<CommittedRows> commits;
        bool hasLost;
        lock (_gate)
        {
            (commits, _waiting) = (_waiting, []);
            hasLost = _hasLost;
            (_rows, _hasLost, _isScheduled) = (0, false, false);
            _sentAt = _time.GetTimestamp();
        }
        _send(UpdateFold.Fold(_siteId, commits, _mostEvents, _time, hasLost));
    }
}
