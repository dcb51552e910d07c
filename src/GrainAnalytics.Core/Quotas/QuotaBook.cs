using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Core.Writing;
using Microsoft.Extensions.Logging;

namespace GrainAnalytics.Core.Quotas;

/// <summary>Holds one site's ledger, lets one ask at it at a time, and does its reading and writing.</summary>
public sealed class QuotaBook(IUsageStore store, TimeProvider time, ILogger log)
{
    // A front waits little longer than this. A store that is away or slow costs no event: the day is then granted on credit.
    private static readonly TimeSpan StorePatience = TimeSpan.FromSeconds(1), StorePause = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _turn = new(1);
    private readonly QuotaLedger _ledger = new();
    private long? _awaySince;

    /// <summary>Answers an ask.</summary>
    public async Task<QuotaGrant> LeaseAsync(Site site, QuotaAsk ask, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            _ledger.MoveTo(site, time.NowMicroseconds());
            _ledger.Settle(ask);
            if (_ledger.KnowsDay || await TryAddAsync(site, 0, cancel).ConfigureAwait(false))
                if (_ledger.ToReserve(ask) is not 0 and var missing) await TryAddAsync(site, missing, cancel).ConfigureAwait(false);
            return _ledger.Grant(ask);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Events granted of the site's day so far, leases that are not used up included; null when the store did not say.</summary>
    public async Task<long?> ReadUsedAsync(Site site, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            _ledger.MoveTo(site, time.NowMicroseconds());
            // Read again: others may hold pieces of the same day.
            return await TryAddAsync(site, 0, cancel).ConfigureAwait(false) ? _ledger.Used : null;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Gives back to the store what was reserved and not granted.</summary>
    public async Task CloseAsync(Site site, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            var day = _ledger.Day;
            if (_ledger.Close() is not 0 and var rest) await store.AddUsageAsync(site, day, rest, cancel).ConfigureAwait(false);
        }
        catch (EventStoreException e)
        {
            log.QuotaNotReturned(site.Id, e.Message);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<bool> TryAddAsync(Site site, long events, CancellationToken cancel)
    {
        if (_awaySince is { } since && time.GetElapsedTime(since) < StorePause) return false;
        using var late = new CancellationTokenSource(StorePatience, time);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel, late.Token);
        try
        {
            // If its answer comes too late it may have been added: then that piece is lost to the site.
            _ledger.Reserved(events, await store.AddUsageAsync(site, _ledger.Day, events, patience.Token).ConfigureAwait(false));
            _awaySince = null;
            return true;
        }
        catch (Exception e) when (e is EventStoreException || e is OperationCanceledException && !cancel.IsCancellationRequested)
        {
            if (_awaySince is null) log.QuotaOnCredit(site.Id, e.Message);
            _awaySince = time.GetTimestamp();
            return false;
        }
    }
}
