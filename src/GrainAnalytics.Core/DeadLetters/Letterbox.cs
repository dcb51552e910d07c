using System.Threading.Channels;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Core.Writing;
using Microsoft.Extensions.Logging;

namespace GrainAnalytics.Core.DeadLetters;

/// <summary>Takes the rejected rows of accepted requests and writes them to the dead letters, behind the requests' backs.</summary>
/// <remarks>Nobody waits for it, and it promises nothing: the sender was told of every rejected row. What is too much for a
/// site, for the memory or for the database is dropped and counted.</remarks>
public sealed class Letterbox : IAsyncDisposable
{
    private const int BatchRows = 500, BatchBytes = 1024 * 1024, RowOverhead = 256, Attempts = 3;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250), Patience = TimeSpan.FromSeconds(5);

    private readonly DeadLetterOptions _options;
    private readonly int _maxRowBytes;
    private readonly IDeadLetterStore _store;
    private readonly LetterKeeper _keeper;
    private readonly DeadLetterMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<Letterbox> _log;
    private readonly SiteAllowances _allowances;
    private readonly Channel<RejectedRow> _queue = Channel.CreateUnbounded<RejectedRow>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _abort = new();
    private readonly Task _loop;
    private long _queued, _bytesSinceClean;
    private int _rowsSinceClean;
    private bool _isAway;

    /// <summary>Opens it.</summary>
    public Letterbox(DeadLetterOptions options, IngestOptions ingest, IDeadLetterStore store, LetterKeeper keeper, DeadLetterMetrics metrics,
        TimeProvider time, ILogger<Letterbox> log)
    {
        (_options, _maxRowBytes, _store, _keeper, _metrics, _time, _log) = (options, ingest.MaxEventBytes, store, keeper, metrics, time, log);
        _allowances = new SiteAllowances(options.MaxPerSecond, time);
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Copies what was rejected of a request; never waits.</summary>
    /// <param name="context">An accepted request with its errors; its body is still there.</param>
    public void Take(IngestContext context)
    {
        foreach (var error in context.Errors)
        {
            ref readonly var row = ref context.Rows[error.Index];
            // What reached the database and was refused there is set aside by the writer, as an event.
            if (!row.Outcome.IsRowRefusal()) continue;
            var siteId = context.Access!.Site.Id;
            var bytes = Beginning(context.Body.Span.Slice(row.Start, row.Length));
            if (!_allowances.TryTake(siteId)) _metrics.Dropped(DropCause.Rate, 1);
            else if (!TryReserve(bytes.Length)) _metrics.Dropped(DropCause.QueueFull, 1);
            else
                _queue.Writer.TryWrite(new RejectedRow(siteId, error.Outcome, error.Detail, bytes.ToArray(), row.Length, context.ReceivedAt,
                    UuidText.NewVersion7(context.ReceivedAt)));
        }
    }

    /// <summary>Writes what waits, then closes.</summary>
    /// <param name="cancel">Ends the patience; what is not written by then is dropped.</param>
    public async Task StopAsync(CancellationToken cancel)
    {
        _queue.Writer.TryComplete();
        await using var stop = cancel.Register(_abort.Cancel);
        await _loop.ConfigureAwait(false);
    }

    /// <summary>Closes without waiting for the store.</summary>
    public async ValueTask DisposeAsync()
    {
        await _abort.CancelAsync().ConfigureAwait(false);
        await StopAsync(CancellationToken.None).ConfigureAwait(false);
        _abort.Dispose();
    }

    // A text that is cut stays a text.
    private ReadOnlySpan<byte> Beginning(ReadOnlySpan<byte> row)
    {
        if (row.Length <= _maxRowBytes) return row;
        var end = _maxRowBytes;
        while (end > _maxRowBytes - 4 && (row[end] & 0xc0) == 0x80) end--;
        return row[..end];
    }

    private bool TryReserve(int bytes)
    {
        if (Interlocked.Add(ref _queued, bytes + RowOverhead) <= _options.QueueBytes) return true;
        Interlocked.Add(ref _queued, -(bytes + RowOverhead));
        return false;
    }

    private async Task RunAsync()
    {
        var batch = new List<RejectedRow>(BatchRows);
        // Not the abort token: what is left is still to be counted.
        while (await _queue.Reader.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false))
        {
            batch.Clear();
            long bytes = 0;
            while (batch.Count < BatchRows && bytes < BatchBytes && _queue.Reader.TryRead(out var row))
            {
                batch.Add(row);
                bytes += row.Bytes.Length;
            }
            await WriteAsync(batch).ConfigureAwait(false);
            Interlocked.Add(ref _queued, -(bytes + (long)RowOverhead * batch.Count));
            await CleanSometimesAsync(batch.Count, bytes).ConfigureAwait(false);
        }
    }

    private async Task WriteAsync(IReadOnlyList<RejectedRow> rows)
    {
        for (var attempt = 1; !_abort.IsCancellationRequested; attempt++)
        {
            try
            {
                using var late = new CancellationTokenSource(Patience, _time);
                using var patience = CancellationTokenSource.CreateLinkedTokenSource(_abort.Token, late.Token);
                await _store.AddAsync(rows, patience.Token).ConfigureAwait(false);
                foreach (var reason in rows.CountBy(row => row.Reason)) _metrics.Kept(reason.Key, reason.Value);
                _isAway = false;
                return;
            }
            catch (Exception e)
            {
                // Whatever it was: without this loop nothing would be kept any more.
                if (e is EventStoreException { Failure: StoreFailure.BadData or StoreFailure.Unclear } && rows.Count > 1)
                {
                    // One row that cannot be kept costs no other.
                    foreach (var row in rows) await WriteAsync([row]).ConfigureAwait(false);
                    return;
                }
                if (attempt < Attempts && await PauseAsync().ConfigureAwait(false)) continue;
                if (!_isAway) _log.LettersDropped(rows.Count, e.Message);
                _isAway = true;
                break;
            }
        }
        _metrics.Dropped(DropCause.StoreAway, rows.Count);
    }

    private async Task<bool> PauseAsync()
    {
        // While nothing was written last time either, one attempt a batch is enough.
        if (_isAway) return false;
        await Task.Delay(Pause, _time, _abort.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !_abort.IsCancellationRequested;
    }

    // Between the hourly clean-ups a flood may bring more than is to be kept.
    private async Task CleanSometimesAsync(int rows, long bytes)
    {
        _rowsSinceClean += rows;
        _bytesSinceClean += bytes;
        if (_rowsSinceClean < _options.MaxCount / 10 && _bytesSinceClean < _options.MaxBytes / 10) return;
        try
        {
            await _keeper.CleanAsync(_abort.Token).ConfigureAwait(false);
            (_rowsSinceClean, _bytesSinceClean) = (0, 0);
        }
        catch (Exception e)
        {
            _log.LettersNotCleaned(e.Message);
        }
    }
}
