using System.Collections.Concurrent;
using GrainAnalytics.Core.Limits;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Writing;
using Microsoft.Extensions.Logging;

namespace GrainAnalytics.Core.Quotas;

/// <summary>This front's leases: lets requests of sites with a quota pass, and asks for more when a lease is used up.</summary>
/// <remarks>Who keeps the count hears of a request at most when a lease ends. When it cannot be reached, events pass and are told to
/// it later: a quota is no reason to lose events.</remarks>
public sealed class QuotaGate : IAsyncDisposable
{
    private static readonly TimeSpan AskPatience = TimeSpan.FromSeconds(1.5), FreeWhenAway = TimeSpan.FromSeconds(1), SettleEvery = TimeSpan.FromSeconds(15);

    private sealed class Slot(Site site, TimeProvider time)
    {
        public readonly Lock Gate = new();
        public readonly QuotaLease Lease = new(time);
        public Site Site = site;
        public Task? Asking;
        public long Wanted;
    }

    private readonly ConcurrentDictionary<int, Slot> _slots = new();
    private readonly IQuotaSource _source;
    private readonly TimeProvider _time;
    private readonly ILogger<QuotaGate> _log;
    private readonly ITimer _settling;

    /// <summary>Starts without any lease.</summary>
    public QuotaGate(IQuotaSource source, TimeProvider time, ILogger<QuotaGate> log)
    {
        (_source, _time, _log) = (source, time, log);
        _settling = time.CreateTimer(_ => _ = SettleAsync(isAll: false, CancellationToken.None), null, SettleEvery, SettleEvery);
    }

    /// <summary>Why the site may send nothing now, as far as is known without asking; null: it may.</summary>
    public LimitReport? Refusal(Site site)
    {
        if (!_slots.TryGetValue(site.Id, out var slot)) return null;
        lock (slot.Gate)
        {
            slot.Lease.Take(site.Quota, 0, _time.GetTimestamp(), out var refusal);
            return refusal;
        }
    }

    /// <summary>Takes events of a site that has a quota.</summary>
    /// <returns>Null when they may pass, all of them, else what to tell their sender.</returns>
    public ValueTask<LimitReport?> TakeAsync(Site site, long events, CancellationToken cancel)
    {
        var slot = _slots.GetOrAdd(site.Id, static (_, with) => new Slot(with.site, with._time), (site, _time));
        lock (slot.Gate)
        {
            slot.Site = site;
            if (slot.Asking is null && slot.Lease.Take(site.Quota, events, _time.GetTimestamp(), out var refusal) is not null) return new(refusal);
            slot.Wanted += events;
        }
        return new(AskAsync(slot, events, cancel));
    }

    /// <summary>Gives back events that were taken and not stored by it.</summary>
    public void Return(Site site, long events)
    {
        if (events > 0 && _slots.TryGetValue(site.Id, out var slot)) lock (slot.Gate) slot.Lease.Return(events);
    }

    /// <summary>Gives back what is left of all leases; for the end of the process.</summary>
    public Task CloseAsync(CancellationToken cancel) => SettleAsync(isAll: true, cancel);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _settling.DisposeAsync();

    // One asks at a time; those who came meanwhile look again when its answer is in, and one of them asks next.
    private async Task<LimitReport?> AskAsync(Slot slot, long events, CancellationToken cancel)
    {
        try
        {
            while (true)
            {
                Task asking;
                Task<LimitReport?>? mine = null;
                lock (slot.Gate)
                {
                    if (slot.Asking is null)
                    {
                        if (slot.Lease.Take(slot.Site.Quota, events, _time.GetTimestamp(), out var refusal) is not null) return refusal;
                        slot.Asking = mine = LeaseAsync(slot, slot.Lease.BeginAsk(events, slot.Wanted));
                    }
                    asking = slot.Asking;
                }
                if (mine is not null) return await mine.ConfigureAwait(false);
                await asking.WaitAsync(cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancel.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            lock (slot.Gate) slot.Wanted -= events;
        }
    }

    // Not cancelled with the request that asks, for others wait for it too.
    private async Task<LimitReport?> LeaseAsync(Slot slot, QuotaAsk ask)
    {
        // Its caller holds the lock, and first notes that this runs.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        QuotaGrant? grant = null;
        LimitReport? refusal = null;
        try
        {
            using var patience = new CancellationTokenSource(AskPatience, _time);
            grant = await _source.LeaseAsync(slot.Site, ask, patience.Token).AsTask().WaitAsync(patience.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is EventStoreException or OperationCanceledException)
        {
            _log.QuotaNotAsked(slot.Site.Id, e.Message);
        }
        finally
        {
            lock (slot.Gate)
            {
                slot.Asking = null;
                var now = _time.GetTimestamp();
                if (grant is not null) slot.Lease.EndAsk(ask, grant, now, out refusal);
                else slot.Lease.FailAsk(ask, now, FreeWhenAway);
            }
        }
        return refusal;
    }

    // Nobody sends any more for these sites, or the process ends: what is left of their leases is of use to other fronts.
    private Task SettleAsync(bool isAll, CancellationToken cancel)
    {
        var asked = new List<Task>();
        foreach (var slot in _slots.Values)
            lock (slot.Gate)
                if (slot.Asking is null && slot.Lease.HasLoose(isAll ? long.MaxValue : _time.GetTimestamp()))
                    asked.Add(slot.Asking = LeaseAsync(slot, slot.Lease.BeginAsk(0, 0)));
        return Task.WhenAll(asked).WaitAsync(cancel);
    }
}
