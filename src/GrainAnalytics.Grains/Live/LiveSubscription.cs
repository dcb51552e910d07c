using GrainAnalytics.Core.Live;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.Grains.Engine;
using Microsoft.Extensions.Logging;

namespace GrainAnalytics.Grains.Live;

/// <summary>Keeps one watched site of this silo watched.</summary>
internal sealed class LiveSubscription(ClusterLive live, int siteId, Action<LiveView> push) : IAsyncDisposable
{
    private readonly CancellationTokenSource _ended = new();
    private Task _renewing = Task.CompletedTask;

    public int SiteId => siteId;

    public void Push(LiveView view) => push(view);

    /// <summary>Says that the site is watched, and takes its state: that also heals an update that was lost.</summary>
    public async Task RenewAsync(CancellationToken cancel) => push(await live.RenewAsync(siteId, cancel).ConfigureAwait(false));

    public void KeepRenewing(TimeProvider time, ILogger log) => _renewing = Task.Run(async () =>
    {
        using var timer = new PeriodicTimer(LiveLease.Renewal, time);
        while (!_ended.IsCancellationRequested)
        {
            try
            {
                await timer.WaitForNextTickAsync(_ended.Token).ConfigureAwait(false);
                await RenewAsync(_ended.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is EventStoreException || Failures.IsTransient(e))
            {
                // The viewers keep what they see; the next renewal finds the site's grain wherever it is then.
                if (!_ended.IsCancellationRequested) log.LiveRenewalFailed(e, siteId);
            }
        }
    });

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync().ConfigureAwait(false);
        await _renewing.ConfigureAwait(false);
        await live.EndAsync(this).ConfigureAwait(false);
        _ended.Dispose();
    }
}
