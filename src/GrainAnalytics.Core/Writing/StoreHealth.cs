using Microsoft.Extensions.Logging;

namespace GrainAnalytics.Core.Writing;

/// <summary>Whether the store answers, as far as this process knows: writes tell, and while there is doubt a probe a second.</summary>
/// <param name="time">The clock.</param>
/// <param name="log">The log.</param>
public sealed class StoreHealth(TimeProvider time, ILogger<StoreHealth> log)
{
    private static readonly TimeSpan ProbeEvery = TimeSpan.FromSeconds(1);

    /// <summary>How long the store may take before it is asked for a sign of life.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _doubt = new(0, 1);
    private CancellationTokenSource _whileHere = new();
    private long _awaySince;
    private volatile bool _isAway;

    /// <summary>True from the first sign that the store does not answer until something was written, or nothing waits to be written
    /// and it answers.</summary>
    public bool IsAway => _isAway;

    /// <summary>Cancelled when the store goes away; another one once it is back.</summary>
    public CancellationToken WhileHere { get { lock (_gate) return _whileHere.Token; } }

    /// <summary>Raised when the store goes away.</summary>
    public event Action? WentAway;

    /// <summary>Asked while the store is away and answers a probe: true when nobody is going to find out by writing. It gives up
    /// writes that hang from before.</summary>
    internal Func<bool>? IsIdle { get; set; }

    /// <summary>The store did what it was asked.</summary>
    public void Answered()
    {
        if (!_isAway) return;
        lock (_gate)
        {
            if (!_isAway) return;
            _isAway = false;
            _whileHere = new CancellationTokenSource();
        }
        log.StoreIsBack(time.GetElapsedTime(_awaySince));
    }

    /// <summary>The store failed, or did not answer in time.</summary>
    public void Failed(string why)
    {
        CancellationTokenSource ended;
        lock (_gate)
        {
            if (_isAway) return;
            _isAway = true;
            _awaySince = time.GetTimestamp();
            ended = _whileHere;
        }
        log.StoreIsAway(why);
        Doubt();
        // Not disposed: others may still hold its token, and without a timer it holds nothing.
        ended.Cancel();
        WentAway?.Invoke();
    }

    /// <summary>Something takes long: the store is asked for a sign of life.</summary>
    public void Doubt()
    {
        lock (_gate) if (_doubt.CurrentCount == 0) _doubt.Release();
    }

    /// <summary>Reads, unless the store is away, and does not wait any longer when it goes away meanwhile.</summary>
    /// <exception cref="EventStoreException">The store is away; a read that has begun goes on, and nobody hears of its end.</exception>
    public async Task<T> ReadAsync<T>(Func<Task<T>> begin)
    {
        var here = WhileHere;
        if (here.IsCancellationRequested) throw Away();
        var read = begin();
        if (!read.IsCompleted)
        {
            await Task.WhenAny(read, Task.Delay(Patience, time, here)).ConfigureAwait(false);
            if (!read.IsCompleted) Doubt();
        }
        try
        {
            return await read.WaitAsync(here).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (here.IsCancellationRequested)
        {
            // It may have ended while this was thrown: then its own answer or error counts.
            if (read.IsCompleted) return await read.ConfigureAwait(false);
            _ = read.ContinueWith(static late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            throw Away();
        }

        static EventStoreException Away() => new(StoreFailure.Away, isOutcomeUnknown: false, "The database does not answer.");
    }

    /// <summary>Probes the store while there is doubt, until cancelled.</summary>
    /// <param name="ping">Asks the store for a sign of life; false or no answer within a second is none.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task RunAsync(Func<CancellationToken, Task<bool>> ping, CancellationToken cancel)
    {
        while (true)
        {
            await _doubt.WaitAsync(cancel).ConfigureAwait(false);
            do
            {
                var started = time.GetTimestamp();
                if (!await ProbeAsync(ping, cancel).ConfigureAwait(false)) Failed("It does not answer a probe.");
                else if (_isAway && IsIdle?.Invoke() != false) Answered();
                var left = ProbeEvery - time.GetElapsedTime(started);
                if (_isAway && left > TimeSpan.Zero) await Task.Delay(left, time, cancel).ConfigureAwait(false);
            }
            while (_isAway);
        }
    }

    private async Task<bool> ProbeAsync(Func<CancellationToken, Task<bool>> ping, CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(ProbeEvery);
        try
        {
            // WaitAsync too: a connection attempt does not always end when its token says so.
            return await ping(deadline.Token).WaitAsync(deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return false;
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            // Without probes a store that was away once would never be back.
            log.ProbeBroke(e);
            return false;
        }
    }
}
