using System.Collections.Concurrent;
using GrainAnalytics.Core.Live;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.Grains.Contracts;
using GrainAnalytics.Grains.Engine;
using GrainAnalytics.Grains.Placement;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace GrainAnalytics.Grains.Live;

/// <summary>This silo's part of the live feed: tells sites' grains what its commits changed, and brings their states to its viewers.</summary>
internal sealed class ClusterLive(IGrainFactory grains, SiloView silos, IServiceProvider services, TimeProvider time, ILogger<ClusterLive> log)
    : ILiveSink, ILiveUpstream, ILiveReset
{
    private static readonly TimeSpan ResetPatience = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<int, long> _watched = new();      // site, timestamp of the last word
    private readonly ConcurrentDictionary<int, LiveSubscription[]> _followers = new();

    /// <summary>Notes that somebody watches a site, on whatever silo.</summary>
    public void Watch(int siteId) => _watched[siteId] = time.GetTimestamp();

    /// <inheritdoc/>
    public TimeSpan Interval => TimeSpan.FromMilliseconds(20);

    /// <inheritdoc/>
    public bool Wants(int siteId)
    {
        if (!_watched.TryGetValue(siteId, out var since)) return false;
        if (time.GetElapsedTime(since) < LiveLease.Duration) return true;
        _watched.TryRemove(new(siteId, since));
        return false;
    }

    /// <inheritdoc/>
    public void Send(LiveUpdate update) => _ = grains.GetGrain<ISiteGrain>(update.SiteId).ApplyAsync(LiveUpdateWire.Of(update));

    /// <inheritdoc/>
    public async Task<IAsyncDisposable> BeginAsync(Site site, Action<LiveView> push, CancellationToken cancel)
    {
        var subscription = new LiveSubscription(this, site.Id, push);
        _followers.AddOrUpdate(site.Id, [subscription], (_, others) => [.. others, subscription]);
        try
        {
            // First the stream, then the state: what changes in between comes by the stream.
            await subscription.RenewAsync(cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is EventStoreException || Failures.IsTransient(e))
        {
            await subscription.DisposeAsync().ConfigureAwait(false);
            if (e is EventStoreException || cancel.IsCancellationRequested) throw;
            throw new EventStoreException(StoreFailure.Away, isOutcomeUnknown: false, "The silo that holds the site does not answer.", e);
        }
        subscription.KeepRenewing(time, log);
        return subscription;
    }

    /// <inheritdoc/>
    public async Task ResetAsync(int siteId, IReadOnlyList<ulong> users, long erasedAt, CancellationToken cancel)
    {
        var grain = grains.GetGrain<ISiteGrain>(siteId);
        var reply = await Failures.CallAsync(() => grain.ResetLiveAsync([.. users], erasedAt), ResetPatience, cancel).ConfigureAwait(false);
        if (reply.Problem is { } problem) throw new EventStoreException(StoreFailure.Away, isOutcomeUnknown: false, problem);
        if (reply.View is not { } view) return;
        // Not by the stream, which says to nobody when it has come.
        var doors = services.GetRequiredService<LiveServiceClient>();
        await Task.WhenAll(silos.Active.Select(silo => Failures.CallAsync(async () =>
        {
            await doors.At(silo).ShowAsync(view).ConfigureAwait(false);
            return true;
        }, ResetPatience, cancel))).ConfigureAwait(false);
    }

    /// <summary>Brings a state to this silo's viewers.</summary>
    public void Deliver(LiveView view)
    {
        if (!_followers.TryGetValue(view.SiteId, out var subscriptions)) return;
        foreach (var subscription in subscriptions) subscription.Push(view);
    }

    /// <summary>Subscribes to the stream and says to the site's grain that it is watched.</summary>
    internal async Task<LiveView> RenewAsync(int siteId, CancellationToken cancel)
    {
        await RelayOf(siteId).FollowAsync().WaitAsync(cancel).ConfigureAwait(false);
        var reply = await grains.GetGrain<ISiteGrain>(siteId).WatchAsync().AsTask().WaitAsync(cancel).ConfigureAwait(false);
        return reply.View?.ToView()
            ?? throw new EventStoreException(StoreFailure.Away, isOutcomeUnknown: false, reply.Problem ?? "The site's state is not loaded yet.");
    }

    /// <summary>Forgets a subscription; ends the silo's one when it was the last.</summary>
    internal async Task EndAsync(LiveSubscription subscription)
    {
        while (_followers.TryGetValue(subscription.SiteId, out var all))
        {
            LiveSubscription[] left = [.. all.Where(other => other != subscription)];
            if (left.Length > 0 ? _followers.TryUpdate(subscription.SiteId, left, all) : _followers.TryRemove(new(subscription.SiteId, all))) break;
        }
        if (!_followers.ContainsKey(subscription.SiteId)) await RelayOf(subscription.SiteId).EndAsync().ConfigureAwait(false);
    }

    private ILiveRelayGrain RelayOf(int siteId) => grains.GetGrain<ILiveRelayGrain>(LiveRelayGrain.KeyOf(silos.Mine, siteId));
}
