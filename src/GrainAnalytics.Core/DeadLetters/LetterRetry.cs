using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Erasures;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Core.Writing;

namespace GrainAnalytics.Core.DeadLetters;

/// <summary>Tries dead letters again, as if they arrived when they did.</summary>
/// <remarks>A row goes the whole way, from parsing to the store; an event that the database refused only the last part. The
/// arrival is the first one: without a time of its own the event happened then, and sentAt shifts the sender's clock by the
/// difference to then. Only how far ahead a time may lie is judged by the clock now. The identity stays the same from try to
/// try, so that an event is stored once, whatever happens between storing it and removing its letter.</remarks>
public sealed class LetterRetry(IDeadLetterStore store, ISiteDirectory sites, IngestPipeline pipeline, IAnalyticsEngine engine, IngestOptions options,
    DeadLetterMetrics metrics, IErasureStore erasures, ErasureMetrics erased, TimeProvider time)
{
    private const int PageLetters = 128, PageBytes = 8 * 1024 * 1024, AtOnce = 16;

    /// <summary>Tries one letter.</summary>
    /// <exception cref="EventStoreException">The store did not answer; the letter is still there.</exception>
    public async Task<RetryResult> RetryAsync(StoredLetter letter, CancellationToken cancel)
    {
        if (letter.IsTruncated)
            return new(null, $"Only the first {letter.Bytes.Length} of its {letter.OriginalSize} bytes were kept.");
        if (await sites.FindAsync(letter.SiteId, cancel).ConfigureAwait(false) is not { } site) return new(null, "Its site is gone.");
        // An erasure takes a user's letters along: one that was read before may be gone.
        await using var guard = await erasures.EnterAsync(letter.SiteId, cancel).ConfigureAwait(false);
        if (await store.FindAsync(letter.Id, cancel).ConfigureAwait(false) is null) return new(null, "It is gone.");
        if (letter.Form == LetterForm.Event && EventEncoder.TryDecode(letter.Bytes, out var kept)
            && (await guard.AreErasedAsync([kept], cancel).ConfigureAwait(false))[0])
        {
            erased.Refused(1);
            await store.DeleteAsync(letter.Id, cancel).ConfigureAwait(false);
            return new(null, "Its user was erased.");
        }
        var (result, value) = letter.Form == LetterForm.Row
            ? await RunAsync(letter, site, cancel).ConfigureAwait(false)
            : await DeliverAsync(letter, site, cancel).ConfigureAwait(false);
        if (result.Outcome is { } outcome && !outcome.IsRequestRefusal())
        {
            if (!outcome.IsRowRefusal()) await store.DeleteAsync(letter.Id, cancel).ConfigureAwait(false);
            else
            {
                EventKey? twin = outcome == IngestOutcome.PoisonRow ? LetterDigest.Of(value) : null;
                // The database's own words stand in the letter that the writer made; this one takes them over.
                await store.NoteRefusalAsync(letter.Id, outcome.Code(), twin is null ? result.Detail : null, twin, cancel).ConfigureAwait(false);
            }
            metrics.Retried(outcome);
        }
        return result;
    }

    /// <summary>Tries many letters, oldest first.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="after">Only letters with a larger number.</param>
    /// <param name="limit">Most letters.</param>
    /// <param name="atMost">No further ones are begun after this time.</param>
    /// <param name="cancel">Ends the work.</param>
    /// <exception cref="EventStoreException">The store did not answer.</exception>
    public async Task<RetrySummary> RetryAsync(LetterFilter filter, long after, int limit, TimeSpan atMost, CancellationToken cancel)
    {
        var started = time.GetTimestamp();
        int stored = 0, duplicates = 0, refused = 0, skipped = 0, left = limit;
        for (var isMore = true; isMore;)
        {
            if (left == 0 || time.GetElapsedTime(started) > atMost) return new(stored, duplicates, refused, skipped, after, null);
            (var page, isMore) = await store.NextAsync(filter, after, Math.Min(left, PageLetters), PageBytes, cancel).ConfigureAwait(false);
            IngestOutcome? stopped = null;
            await Parallel.ForEachAsync(page, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancel }, async (letter, token) =>
            {
                if (stopped is not null) return;
                switch ((await RetryAsync(letter, token).ConfigureAwait(false)).Outcome)
                {
                    case null: Interlocked.Increment(ref skipped); break;
                    case IngestOutcome.Stored: Interlocked.Increment(ref stored); break;
                    case IngestOutcome.Duplicate: Interlocked.Increment(ref duplicates); break;
                    case { } outcome when outcome.IsRowRefusal(): Interlocked.Increment(ref refused); break;
                    case { } outcome: stopped = outcome; break;
                }
            }).ConfigureAwait(false);
            if (stopped is not null) return new(stored, duplicates, refused, skipped, after, stopped);
            if (page.Count > 0) after = page[^1].Id;
            left -= page.Count;
        }
        return new(stored, duplicates, refused, skipped, null, null);
    }

    private async Task<(RetryResult, EncodedEvent)> RunAsync(StoredLetter letter, Site site, CancellationToken cancel)
    {
        using var context = new IngestContext(options, letter.ReceivedAt, null, new IngestBytes(letter.Bytes))
        {
            Access = new SiteAccess(site, KeyKind.Write),
            JudgedAt = Math.Max(letter.ReceivedAt, time.NowMicroseconds()),
            KeyWithoutId = letter.Key,
        };
        var outcome = await pipeline.RunAgainAsync(context, cancel).ConfigureAwait(false);
        if (context.Errors is [var error]) return (new(error.Outcome, error.Detail), context.Events.FirstOrDefault());
        return outcome == IngestOutcome.Accepted ? (Of(context.Verdicts[0]), default) : (new(outcome, ""), default);
    }

    private async Task<(RetryResult, EncodedEvent)> DeliverAsync(StoredLetter letter, Site site, CancellationToken cancel)
    {
        if (!EventEncoder.TryDecode(letter.Bytes, out var value)) return (new(null, "It is no event that this version can read."), default);
        var outcomes = await engine.AppendAsync(site, [value], cancel).ConfigureAwait(false);
        return (Of(outcomes[0]), value);
    }

    // What is anything but stored for certain leaves the letter alone.
    private static RetryResult Of(IngestOutcome verdict) => verdict switch
    {
        IngestOutcome.Stored => new(verdict, ""),
        IngestOutcome.Duplicate => new(verdict, "An event with this id was stored before."),
        _ when verdict.IsRowRefusal() => new(verdict, "The database refused the event."),
        _ when verdict.IsRequestRefusal() => new(verdict, ""),
        _ => new(IngestOutcome.StoreUnavailable, ""),
    };
}
