using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Ingestion;
using Microsoft.Extensions.Logging;

namespace GrainAnalytics.Core.Writing;

/// <summary>Hears of every commit, before the requests do: they wait for it, so it returns soon, and it never throws.</summary>
public interface ICommitObserver
{
    /// <summary>A transaction committed.</summary>
    /// <param name="rows">The rows it was given.</param>
    /// <param name="result">What it stored of them, and the counters it changed.</param>
    void Committed(IReadOnlyList<EventRow> rows, WriteResult result);
}

/// <summary>How long requests wait for their commit.</summary>
/// <param name="AnswerWithin">Then they hear StoreUnavailable; their events stay in the buffer.</param>
/// <param name="EndsWhenAway">True to tell them at once when the store goes away, because somebody else takes care of them.</param>
public sealed record WritePatience(TimeSpan AnswerWithin, bool EndsWhenAway = false);

/// <summary>Collects the events of all users of this process and writes them in batches: at once when the first writer is
/// idle, and with further writers when <see cref="IngestOptions.FlushSize"/> events wait or the oldest has waited for
/// <see cref="IngestOptions.FlushEvery"/>.</summary>
/// <remarks>An event leaves the buffer only when it is decided: a failed write keeps it and is repeated. If the process
/// dies, what was in the buffer was not acknowledged.</remarks>
public sealed class WriteBuffer : IAsyncDisposable
{
    // After the store answers a probe again, a write from before has this long to hear its answer too.
    private static readonly TimeSpan StuckAfter = TimeSpan.FromSeconds(2);

    private readonly IngestOptions _options;
    private readonly TimeProvider _time;
    private readonly WriteQueue _queue;
    private readonly BatchFlusher _flusher;
    private readonly StoreHealth _health;
    private readonly WritePatience _patience;
    private readonly WaitEstimate _wait;
    private readonly IEventWriter[] _writers;
    private readonly Task[] _loops;
    private readonly ITimer _impatience;
    private readonly CancellationTokenSource _abort = new();
    private readonly (PendingAppend[] Appends, long Since)?[] _inFlight;
    private int _waiting;
    private volatile bool _isStopping;

    /// <summary>Starts the writers.</summary>
    public WriteBuffer(IngestOptions options, IEventStore store, ICommitObserver observer, WriteMetrics metrics,
        IngestMetrics events, TimeProvider time, ILogger<WriteBuffer> log, StoreHealth health, WritePatience patience)
    {
        _options = options;
        (_time, _health, _patience) = (time, health, patience);
        _queue = new WriteQueue(options.Writers);
        _wait = new WaitEstimate(options.Writers, options.MaxFlushSize, options.AnswerWithin);
        _flusher = new BatchFlusher(options, store, observer, metrics, events, time, log, health, patience, decided => Interlocked.Add(ref _waiting, -decided));
        _inFlight = new (PendingAppend[], long)?[options.Writers];
        _writers = [.. Enumerable.Range(0, options.Writers).Select(store.OpenWriter)];
        _loops = [.. Enumerable.Range(0, options.Writers).Select(writer => Task.Run(() => RunAsync(writer)))];
        _impatience = time.CreateTimer(_ => GiveUpLate(), null, TimeSpan.FromMilliseconds(250), TimeSpan.FromMilliseconds(250));
        health.IsIdle = IsIdle;
        if (patience.EndsWhenAway) health.WentAway += GiveUpAll;
        metrics.Observe(() => Status);
    }

    /// <summary>State now.</summary>
    public BufferStatus Status => new(Volatile.Read(ref _waiting), _inFlight.Any(f => f is not null), _options.FlushSize,
        _options.EmergencyThreshold, _isStopping, !_health.IsAway) { ExpectedWait = ExpectedWait };

    // Asked for with every request, and almost always nothing waits.
    private TimeSpan ExpectedWait => Volatile.Read(ref _waiting) < _options.MaxFlushSize ? TimeSpan.Zero
        : _wait.Of(_queue.Count, _inFlight.Max(flight => flight is { } write ? _time.GetElapsedTime(write.Since) : TimeSpan.Zero));

    /// <summary>Adds a request's events; their owners and their request hear when they are decided.</summary>
    /// <returns>Accepted; or BufferFull or ShuttingDown, and then none was added.</returns>
    public IngestOutcome TryAdd(ReadOnlySpan<WriteItem> items)
    {
        if (_isStopping) return IngestOutcome.ShuttingDown;
        if (Interlocked.Add(ref _waiting, items.Length) > _options.EmergencyThreshold && items.Length > 0)
        {
            Interlocked.Add(ref _waiting, -items.Length);
            return IngestOutcome.BufferFull;
        }
        if (_queue.Add(items, _time.GetTimestamp(), _options.FlushSize)) return IngestOutcome.Accepted;
        Interlocked.Add(ref _waiting, -items.Length);
        return IngestOutcome.ShuttingDown;
    }

    /// <summary>Writes what waits, then stops. Requests whose events could not be written by then hear StoreUnavailable.</summary>
    /// <param name="cancel">Ends the patience with a store that does not answer.</param>
    public async Task StopAsync(CancellationToken cancel)
    {
        _isStopping = true;
        _queue.Close();
        await using var stop = cancel.Register(_abort.Cancel);
        await Task.WhenAll(_loops).ConfigureAwait(false);
        foreach (var append in _queue.Since(long.MaxValue)) append.GiveUp(IngestOutcome.StoreUnavailable);
    }

    /// <summary>Stops without waiting for the store, and closes the writers.</summary>
    public async ValueTask DisposeAsync()
    {
        await _abort.CancelAsync().ConfigureAwait(false);
        await StopAsync(CancellationToken.None).ConfigureAwait(false);
        await _impatience.DisposeAsync().ConfigureAwait(false);
        _health.WentAway -= GiveUpAll;
        foreach (var writer in _writers) await writer.DisposeAsync().ConfigureAwait(false);
        _abort.Dispose();
    }

    private async Task RunAsync(int writer)
    {
        while (!_abort.IsCancellationRequested)
        {
            if (writer == 0) await _queue.WaitFirstAsync().ConfigureAwait(false);
            else if (!_queue.IsClosed && !await IsNeededAsync(writer).ConfigureAwait(false)) continue;
            var batch = _queue.Take(_options.MaxFlushSize);
            if (batch.Length > 0) await FlushAsync(writer, batch).ConfigureAwait(false);
            else if (_queue.IsClosed) return;
        }
    }

    private async Task FlushAsync(int writer, WriteItem[] batch)
    {
        var started = _time.GetTimestamp();
        _inFlight[writer] = ([.. batch.Select(item => item.Append).Distinct()], started);
        try
        {
            await _flusher.FlushAsync(_writers[writer], batch, _abort.Token).ConfigureAwait(false);
            _wait.Flushed(_time.GetElapsedTime(started));
        }
        catch (OperationCanceledException) when (_abort.IsCancellationRequested)
        {
            foreach (var item in batch) item.Append.GiveUp(IngestOutcome.StoreUnavailable);
        }
        finally
        {
            _inFlight[writer] = null;
        }
    }

    private async ValueTask<bool> IsNeededAsync(int writer)
    {
        if (_queue.Count >= _options.FlushSize) return true;
        if (_queue.OldestSince() is not { } since)
        {
            await _queue.WaitAsync(writer, Timeout.InfiniteTimeSpan).ConfigureAwait(false);
            return false;
        }
        var left = _options.FlushEvery - _time.GetElapsedTime(since);
        if (left <= TimeSpan.Zero) return true;
        await _queue.WaitAsync(writer, left + TimeSpan.FromMilliseconds(1)).ConfigureAwait(false);
        return false;
    }

    // A request is answered in time even when its write is not: its events stay queued.
    private void GiveUpLate()
    {
        var now = _time.GetTimestamp();
        GiveUp(now - Ticks(_patience.AnswerWithin));
        if (_inFlight.Any(flight => flight is { Since: var since } && since < now - Ticks(StoreHealth.Patience))) _health.Doubt();
    }

    private void GiveUpAll() => GiveUp(long.MaxValue);

    private void GiveUp(long before)
    {
        foreach (var append in _queue.Since(before)) append.GiveUp(IngestOutcome.StoreUnavailable);
        for (var writer = 0; writer < _inFlight.Length; writer++)
            if (_inFlight[writer] is { } flight && flight.Since < before)
                foreach (var append in flight.Appends) append.GiveUp(IngestOutcome.StoreUnavailable);
    }

    // A write that was under way when the store fell silent may wait for an answer that got lost.
    private bool IsIdle()
    {
        if (Volatile.Read(ref _waiting) == 0) return true;
        _flusher.GiveUpStuck(StuckAfter);
        return false;
    }

    private long Ticks(TimeSpan time) => (long)(time.TotalSeconds * _time.TimestampFrequency);
}
