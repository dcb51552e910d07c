using System.Text;
using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Live;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Core.Writing;

namespace GrainAnalytics.Core.Erasures;

/// <summary>Erases users: from the store in one transaction, and from every memory around it.</summary>
/// <param name="engine">Hosts users; the whole of it, with its spools.</param>
/// <param name="store">Holds them.</param>
/// <param name="live">Shows them.</param>
/// <param name="metrics">Hears what happens.</param>
/// <param name="time">The clock.</param>
public sealed class UserEraser(IAnalyticsEngine engine, IErasureStore store, ILiveReset live, ErasureMetrics metrics, TimeProvider time)
{
    private const int Attempts = 5;
    private static readonly TimeSpan Forgetting = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _one = new(1);

    /// <summary>Erases a user under all ids; harmless to repeat. When it has answered, no lookup and no live view on any node shows the user.</summary>
    /// <exception cref="EventStoreException">It could not be done now: nothing is changed, or, if that is unknown, all of it.</exception>
    public async Task<ErasureReceipt> EraseAsync(Site site, string userId, CancellationToken cancel)
    {
        // One after the other: two of the same user must not end each other's distrust.
        await _one.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    if (await TryAsync(site, userId, cancel).ConfigureAwait(false) is not { } receipt) continue;
                    metrics.Erased(receipt);
                    return receipt;
                }
                catch (EventStoreException e) when (e.Failure == StoreFailure.Conflict && attempt < Attempts)
                {
                    // Another transaction was in the way, and is through.
                }
            }
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task<ErasureReceipt?> TryAsync(Site site, string userId, CancellationToken cancel)
    {
        var ids = await store.FindIdsAsync(site, userId, cancel).ConfigureAwait(false);
        ErasureReceipt? receipt = null;
        var isUnknown = false;
        try
        {
            await engine.DistrustAsync(site, ids, cancel).ConfigureAwait(false);
            return receipt = await store.EraseAsync(site, userId, ids, cancel).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            isUnknown = e is not EventStoreException { IsOutcomeUnknown: false };
            throw;
        }
        finally
        {
            // Also after a failure: memory must be trusted again, and what is not known to be undone may be done.
            using var patience = new CancellationTokenSource(Forgetting);
            var forgetting = engine.ForgetAsync(site, ids, receipt?.ErasedAt, patience.Token);
            if (receipt is null) await forgetting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            else await DoneAsync(forgetting).ConfigureAwait(false);
            if (receipt is not null || isUnknown)
            {
                var reset = live.ResetAsync(site.Id, [.. ids.Select(id => UserHash.Of(Encoding.UTF8.GetBytes(id)))], time.NowMicroseconds(), patience.Token);
                if (receipt is null) await reset.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                else await DoneAsync(reset).ConfigureAwait(false);
            }
        }
    }

    // It is erased, but not everybody knows: whoever asked is to ask again, which is harmless.
    private static async Task DoneAsync(Task telling)
    {
        try
        {
            await telling.ConfigureAwait(false);
        }
        catch (OperationCanceledException e)
        {
            throw new EventStoreException(StoreFailure.Away, isOutcomeUnknown: true, "The user is erased, but not every part of the server said that it forgot.", e);
        }
    }
}
