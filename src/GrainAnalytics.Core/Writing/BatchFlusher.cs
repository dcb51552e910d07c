using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Ingestion;
using Microsoft.Extensions.Logging;

namespace GrainAnalytics.Core.Writing;

/// <summary>Writes one batch until every event in it is decided, whatever the store answers.</summary>
internal sealed class BatchFlusher(IngestOptions options, IEventStore store, ICommitObserver observer, WriteMetrics metrics,
    IngestMetrics events, TimeProvider time, ILogger log, StoreHealth health, WritePatience patience, Action<int> decided)
{
    private readonly Dictionary<CancellationTokenSource, long> _attempts = [];

    // Half of what a request waits: its sender hears poison-row, and does not send the same again; nor does a spool.
    private readonly TimeSpan _unclearFor = patience.AnswerWithin / 2;

    /// <summary>Ends attempts without an answer that began some time ago; they are made again.</summary>
    public void GiveUpStuck(TimeSpan longerThan)
    {
        CancellationTokenSource[] stuck;
        lock (_attempts) stuck = [.. _attempts.Where(attempt => time.GetElapsedTime(attempt.Value) > longerThan).Select(attempt => attempt.Key)];
        foreach (var attempt in stuck)
        {
            // Only its own end disposes it, and that takes it out first.
            lock (_attempts) if (_attempts.ContainsKey(attempt)) attempt.CancelAfter(TimeSpan.Zero);
        }
    }

    /// <summary>Writes; returns when all is decided.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; what is undecided stays so.</exception>
    public async Task FlushAsync(IEventWriter writer, WriteItem[] batch, CancellationToken cancel)
    {
        var started = time.GetTimestamp();
        // By place too: of several events with one id the first is the one to store, and the sort is not stable.
        var order = new (int SiteId, EventKey Key, int Place)[batch.Length];
        for (var i = 0; i < order.Length; i++) order[i] = (batch[i].Row.Site.Id, batch[i].Event.Key, i);
        Array.Sort(order);
        var leaders = new List<WriteItem>(batch.Length);
        Dictionary<int, List<WriteItem>>? followers = null;
        for (var i = 0; i < order.Length; i++)
        {
            var item = batch[order[i].Place];
            if (i > 0 && order[i].Key == order[i - 1].Key && order[i].SiteId == order[i - 1].SiteId)
            {
                followers ??= [];
                if (!followers.TryGetValue(leaders.Count - 1, out var behind)) followers[leaders.Count - 1] = behind = [];
                behind.Add(item);
            }
            else leaders.Add(item);
        }
        await WriteAsync(writer, leaders, 0, followers, new Attempt(time, _unclearFor), cancel).ConfigureAwait(false);
        metrics.Flushed(batch.Length, time.GetElapsedTime(started));
    }

    private sealed class Attempt(TimeProvider time, TimeSpan patience)
    {
        private long? _unclearSince;

        public bool MayBeOwnWork;

        // Once patience has ended, every further unclear error in the batch is about the data at once: it is only split then.
        public bool IsAboutData(EventStoreException e)
        {
            if (e.Failure != StoreFailure.Unclear) return e.Failure == StoreFailure.BadData;
            _unclearSince ??= time.GetTimestamp();
            return time.GetElapsedTime(_unclearSince.Value) >= patience;
        }
    }

    private async Task WriteAsync(IEventWriter writer, List<WriteItem> items, int offset,
        Dictionary<int, List<WriteItem>>? followers, Attempt attempt, CancellationToken cancel)
    {
        var rows = new EventRow[items.Count];
        for (var i = 0; i < rows.Length; i++) rows[i] = items[i].Row;
        for (int failures = 0, conflicts = 0; ; )
        {
            try
            {
                var started = time.GetTimestamp();
                var result = await TryAsync(writer, rows, attempt.MayBeOwnWork, cancel).ConfigureAwait(false);
                metrics.Committed(time.GetElapsedTime(started));
                health.Answered();
                observer.Committed(rows, result);
                Settle(items, offset, followers, result, attempt.MayBeOwnWork);
                return;
            }
            catch (EventStoreException e) when (attempt.IsAboutData(e))
            {
                health.Answered();
                if (items.Count > 1)
                {
                    log.SplittingBatch(items.Count, e.Message);
                    var half = items.Count / 2;
                    await WriteAsync(writer, items[..half], offset, followers, attempt, cancel).ConfigureAwait(false);
                    await WriteAsync(writer, items[half..], offset + half, followers, attempt, cancel).ConfigureAwait(false);
                    return;
                }
                if (await TrySetAsideAsync(items[0], e, cancel).ConfigureAwait(false))
                {
                    await RefuseAsync(writer, items[0], offset, followers, attempt, cancel).ConfigureAwait(false);
                    return;
                }
            }
            catch (EventStoreException e) when (e.Failure == StoreFailure.Conflict && ++conflicts < 20)
            {
                metrics.Retried();
                continue;       // the other transaction is through
            }
            catch (EventStoreException e) when (e.Failure == StoreFailure.Unclear)
            {
                log.WriteUnclear(items.Count, e.Message);
            }
            catch (EventStoreException e)
            {
                attempt.MayBeOwnWork |= e.IsOutcomeUnknown;
                if (!health.IsAway || failures % 20 == 0) log.WriteFailed(e, items.Count, failures + 1);
                health.Failed(e.Message);
            }
            metrics.Retried();
            var pause = TimeSpan.FromMilliseconds(Math.Min(1000, 50 << Math.Min(failures++, 5)));
            await Task.Delay(pause, time, cancel).ConfigureAwait(false);
        }
    }

    // An error that nobody expected must not end the writer, for good and with its batch: its outcome is unknown.
    private async Task<WriteResult> TryAsync(IEventWriter writer, EventRow[] rows, bool mayBeOwnWork, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(options.WriteTimeout);
        lock (_attempts) _attempts.Add(patience, time.GetTimestamp());
        try
        {
            return await writer.WriteAsync(rows, mayBeOwnWork, patience.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not EventStoreException && !cancel.IsCancellationRequested)
        {
            throw new EventStoreException(StoreFailure.Away, isOutcomeUnknown: true, e.Message, e);
        }
        finally
        {
            lock (_attempts) _attempts.Remove(patience);
        }
    }

    private void Settle(List<WriteItem> items, int offset, Dictionary<int, List<WriteItem>>? followers, WriteResult result, bool isUncertain)
    {
        int stored = 0, all = items.Count;
        for (var i = 0; i < items.Count; i++)
        {
            var isStored = result.IsStored[i];
            if (isStored) stored++;
            items[i].Owner?.Settled(items[i], isStored, isUncertain && !isStored);
            if (followers is null || !followers.TryGetValue(offset + i, out var behind)) continue;
            foreach (var follower in behind) follower.Owner?.Settled(follower, isStored: false, isUncertain);
            all += behind.Count;
        }
        events.Stored(stored);
        events.Duplicate(all - stored);
        decided(all);
        for (var i = 0; i < items.Count; i++)
        {
            items[i].Append.Complete(items[i].Index, result.IsStored[i] ? IngestOutcome.Stored : IngestOutcome.Duplicate);
            if (followers is null || !followers.TryGetValue(offset + i, out var behind)) continue;
            foreach (var follower in behind) follower.Append.Complete(follower.Index, IngestOutcome.Duplicate);
        }
    }

    private async Task<bool> TrySetAsideAsync(WriteItem poison, EventStoreException reason, CancellationToken cancel)
    {
        try
        {
            var letter = new DeadLetter(poison.Row.Site.Id, IngestOutcome.PoisonRow.Code(), reason.Detail, poison.Event);
            await store.SetAsideAsync(letter, cancel).ConfigureAwait(false);
            metrics.SetAside();
            log.SetAside(poison.Row.Site.Id, reason.Message);
            return true;
        }
        catch (Exception e) when (e is EventStoreException || !cancel.IsCancellationRequested)
        {
            // Only what is kept may be refused: the whole attempt is made again, whatever it was.
            health.Failed(e.Message);
            log.WriteFailed(e, 1, 1);
            return false;
        }
    }

    // The first sender's row was refused; an event of the same id behind it may be another row, so it gets its own try.
    private async Task RefuseAsync(IEventWriter writer, WriteItem poison, int offset,
        Dictionary<int, List<WriteItem>>? followers, Attempt attempt, CancellationToken cancel)
    {
        poison.Owner?.Settled(poison, isStored: false, isUncertain: false);
        decided(1);
        poison.Append.Complete(poison.Index, IngestOutcome.PoisonRow);
        if (followers is null || !followers.Remove(offset, out var behind)) return;
        foreach (var follower in behind)
            await WriteAsync(writer, [follower], offset, null, attempt, cancel).ConfigureAwait(false);
    }
}
