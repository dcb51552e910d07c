using GrainAnalytics.Core.Sites;

namespace GrainAnalytics.Core.Live;

/// <summary>One watched site in this process: takes the owner's views, publishes them at the pace that viewers are promised,
/// and makes the bytes of each update once for all viewers who need the same.</summary>
internal sealed class LiveChannel : IAsyncDisposable
{
    private const int MostPast = 16;

    private readonly Lock _gate = new();
    private readonly ILiveFormat _format;
    private readonly LiveOptions _options;
    private readonly LiveMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly CancellationTokenSource _ended = new();
    private readonly long _began;
    private readonly Dictionary<long, Lazy<byte[]>> _frames = [];   // of the published view, by what its viewer had; -1: nothing
    private TaskCompletionSource _pulse = NewPulse();
    private readonly Queue<long> _past = new();                     // the last epochs that gave way to another
    private LiveView? _newest, _published;
    private long _pulsedAt;
    private TimeSpan _nextAt;       // since the channel began: when the next view may be published
    private int _beats;
    private bool _isScheduled;

    public LiveChannel(Site site, ILiveUpstream upstream, ILiveFormat format, LiveOptions options, LiveMetrics metrics, TimeProvider time)
    {
        (Site, _format, _options, _metrics, _time) = (site, format, options, metrics, time);
        _began = _pulsedAt = time.GetTimestamp();
        _timer = time.CreateTimer(static channel => ((LiveChannel)channel!).Publish(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        // Not on this thread, which holds the hub's lock.
        Begun = Task.Run(() => upstream.BeginAsync(site, Push, _ended.Token));
    }

    public Site Site { get; }

    /// <summary>Ends when the site is followed, or cannot be.</summary>
    public Task<IAsyncDisposable> Begun { get; }

    public bool HasFailed => Begun.IsFaulted || Begun.IsCanceled;

    // Both belong to the hub, under its lock.
    public int Viewers { get; set; }
    public long LeftAt { get; set; }

    /// <summary>The bytes that a viewer lacks, or null and what to wait for.</summary>
    public (byte[]? Frame, Task Pulse) Take(LiveViewer viewer)
    {
        Lazy<byte[]> frame;
        lock (_gate)
        {
            if (_published is not { } view || viewer.Has(view))
            {
                if (viewer.Beats == _beats) return (null, _pulse.Task);
                viewer.Beats = _beats;
                return (_format.Heartbeat, _pulse.Task);
            }
            var since = viewer.Epoch == view.Epoch && viewer.Day == view.Day ? viewer.Sequence : -1;
            if (!_frames.TryGetValue(since, out var made)) _frames[since] = made = new Lazy<byte[]>(() => Make(view, since));
            frame = made;
            (viewer.Epoch, viewer.Day, viewer.Sequence, viewer.Beats) = (view.Epoch, view.Day, view.Sequence, _beats);
        }
        _metrics.Updated();
        return (frame.Value, Task.CompletedTask);
    }

    /// <summary>Sends a heartbeat when nothing was sent for long.</summary>
    public void BeatIfQuiet()
    {
        lock (_gate)
        {
            if (_time.GetElapsedTime(_pulsedAt) < _options.Heartbeat) return;
            _beats++;
            Pulse();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        await _ended.CancelAsync().ConfigureAwait(false);
        await ((Task)Begun).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (Begun.IsCompletedSuccessfully) await (await Begun.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        _ended.Dispose();
    }

    private void Push(LiveView view)
    {
        lock (_gate)
        {
            if (_newest is { } known)
            {
                if (known.Epoch == view.Epoch ? known.Sequence >= view.Sequence : _past.Contains(view.Epoch)) return;
                if (known.Epoch != view.Epoch) Pass(known.Epoch);
            }
            var isAnother = _published is { } shown && shown.Epoch != view.Epoch;
            _newest = view;
            if (_isScheduled && !isAnother) return;
            // The owner's own pace is the same, give or take a timer's error. Without some tolerance a view that comes a little
            // early would wait, the next one would come early too, and all would be late; on average the pace is kept.
            var left = _nextAt - _time.GetElapsedTime(_began);
            // What another life of the owner's state says is shown at once: it may lack what nobody is to see any more.
            if (left > _options.UpdateInterval / 10 && !isAnother)
            {
                _isScheduled = true;
                _timer.Change(left, Timeout.InfiniteTimeSpan);
                return;
            }
        }
        Publish();
    }

    // A late view of an epoch that is over must not come back.
    private void Pass(long epoch)
    {
        _past.Enqueue(epoch);
        if (_past.Count > MostPast) _past.Dequeue();
    }

    private void Publish()
    {
        lock (_gate)
        {
            _isScheduled = false;
            if (ReferenceEquals(_published, _newest)) return;
            _published = _newest;
            var now = _time.GetElapsedTime(_began);
            _nextAt = (now > _nextAt ? now : _nextAt) + _options.UpdateInterval;
            _frames.Clear();
            Pulse();
        }
    }

    private void Pulse()
    {
        _pulsedAt = _time.GetTimestamp();
        var pulse = _pulse;
        _pulse = NewPulse();
        pulse.SetResult();
    }

    private byte[] Make(LiveView view, long since)
    {
        _metrics.Framed();
        return since < 0 ? _format.Snapshot(Site, view) : _format.Update(view, since);
    }

    private static TaskCompletionSource NewPulse() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
