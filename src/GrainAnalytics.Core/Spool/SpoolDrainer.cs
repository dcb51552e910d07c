using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Erasures;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Writing;
using Microsoft.Extensions.Logging;

namespace GrainAnalytics.Core.Spool;

/// <summary>Delivers the spool to the engine, oldest file first, beside new requests and behind them.</summary>
/// <param name="spool">The spool.</param>
/// <param name="engine">The engine itself, without a spool in front of it.</param>
/// <param name="sites">Finds sites by number.</param>
/// <param name="store">Keeps events of sites that are gone.</param>
/// <param name="health">Says when there is no point in trying.</param>
/// <param name="erasures">Knows who was erased while events of theirs waited here.</param>
/// <param name="erased">Counts those events.</param>
/// <param name="time">The clock.</param>
/// <param name="log">The log.</param>
public sealed class SpoolDrainer(EventSpool spool, IAnalyticsEngine engine, ISiteDirectory sites, IEventStore store, StoreHealth health,
    IErasureStore erasures, ErasureMetrics erased, TimeProvider time, ILogger<SpoolDrainer> log)
{
    private const int Batch = 500, AtOnce = 2;
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1), Pause = TimeSpan.FromMilliseconds(250), GiveWay = TimeSpan.FromMilliseconds(20);

    /// <summary>Called after each file; for those who show progress.</summary>
    public event Action? FileDelivered;

    /// <summary>Delivers until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        while (true)
        {
            await spool.WaitAsync(Look, cancel).ConfigureAwait(false);
            try
            {
                await DrainAsync(cancel).ConfigureAwait(false);
            }
            catch (Exception e) when (!cancel.IsCancellationRequested)
            {
                // A file that cannot be read, say. It stays, and so does its turn.
                log.SpoolDeliveryBroke(e);
            }
            // Only a file that is being made, or one that could not be deleted, is left.
            if (spool.HasBacklog) await Task.Delay(Pause, time, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Delivers what is there; returns when nothing is left.</summary>
    public async Task DrainAsync(CancellationToken cancel)
    {
        while (spool.HasBacklog)
        {
            await WaitForStoreAsync(cancel).ConfigureAwait(false);
            if (spool.TakeOldest() is not { } segment) return;
            var (scan, bytes) = segment.Scan();
            spool.KeepDamaged(segment, scan, bytes);
            await Parallel.ForEachAsync(scan.Records.Chunk(Batch), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancel },
                (records, stop) => DeliverAsync(segment, [.. records], stop)).ConfigureAwait(false);
            spool.Remove(segment);
            FileDelivered?.Invoke();
            if (!spool.HasBacklog) log.SpoolEmpty();
        }
    }

    private async ValueTask DeliverAsync(SpoolSegment segment, List<SpoolRecord> open, CancellationToken cancel)
    {
        while (open.Count > 0)
        {
            await WaitForStoreAsync(cancel).ConfigureAwait(false);
            // New requests go first.
            while (engine.Buffer is var buffer && buffer.Waiting > buffer.EmergencyThreshold / 4) await Task.Delay(GiveWay, time, cancel).ConfigureAwait(false);
            var left = new List<SpoolRecord>();
            foreach (var site in open.GroupBy(record => record.SiteId)) left.AddRange(await DeliverAsync(segment, site.Key, [.. site], cancel).ConfigureAwait(false));
            if (left.Count == open.Count) await Task.Delay(Pause, time, cancel).ConfigureAwait(false);
            open = left;
        }
    }

    // Returns what is not decided.
    private async Task<List<SpoolRecord>> DeliverAsync(SpoolSegment segment, int siteId, List<SpoolRecord> records, CancellationToken cancel)
    {
        // What is decided is so once, whatever then becomes of the others.
        var decided = new HashSet<int>();
        void Decide(SpoolRecord record)
        {
            spool.Delivered(segment, record);
            decided.Add(record.Offset);
        }
        try
        {
            if (await sites.FindAsync(siteId, cancel).ConfigureAwait(false) is not { } site)
            {
                foreach (var record in records)
                {
                    await store.SetAsideAsync(new DeadLetter(siteId, "unknown-site", "The event waited in the spool, and its site is gone.", record.Event), cancel).ConfigureAwait(false);
                    Decide(record);
                }
                return [];
            }
            // An engine takes each id once a call; a repeat has its turn in the next.
            var ids = new HashSet<EventKey>();
            var (now, left) = (new List<SpoolRecord>(), new List<SpoolRecord>());
            // Nobody is erased between this look and the write.
            await using var guard = await erasures.EnterAsync(siteId, cancel).ConfigureAwait(false);
            var areErased = await guard.AreErasedAsync([.. records.Select(record => record.Event)], cancel).ConfigureAwait(false);
            for (var i = 0; i < records.Count; i++)
                if (areErased[i]) Decide(records[i]);
                else (ids.Add(records[i].Event.Key) ? now : left).Add(records[i]);
            erased.Refused(areErased.Count(isErased => isErased));
            if (now.Count == 0) return left;
            var outcomes = await engine.AppendAsync(site, [.. now.Select(record => record.Event)], cancel).ConfigureAwait(false);
            for (var i = 0; i < now.Count; i++)
            {
                if (outcomes[i] is IngestOutcome.Stored or IngestOutcome.Duplicate or IngestOutcome.PoisonRow) Decide(now[i]);
                else left.Add(now[i]);
            }
            return left;
        }
        catch (Exception e) when (e is EventStoreException || !cancel.IsCancellationRequested)
        {
            if (e is EventStoreException) log.SpoolDeliveryFailed(e.Message, records.Count);
            else log.SpoolDeliveryBroke(e);
            return records.FindAll(record => !decided.Contains(record.Offset));
        }
    }

    private async Task WaitForStoreAsync(CancellationToken cancel)
    {
        while (health.IsAway) await Task.Delay(Pause, time, cancel).ConfigureAwait(false);
    }
}
