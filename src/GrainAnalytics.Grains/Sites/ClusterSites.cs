using GrainAnalytics.Core.Quotas;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.Grains.Contracts;
using GrainAnalytics.Grains.Engine;

namespace GrainAnalytics.Grains.Sites;

/// <summary>Shows and changes sites through their grains, which tell all silos.</summary>
internal sealed class ClusterSites(IGrainFactory grains, ISiteStore store, ClusterSettings settings) : ISiteRegistry
{
    public Task<IReadOnlyList<Site>> ListAsync(CancellationToken cancel) => store.ListAsync(cancel);

    public async Task<SiteDetails?> ReadAsync(int siteId, CancellationToken cancel)
    {
        var reply = await Failures.CallAsync(() => grains.GetGrain<ISiteGrain>(siteId).GetDetailsAsync(), settings.CallBudget, cancel).ConfigureAwait(false);
        ThrowIfAway(reply.StoreProblem);
        return reply.ToDetails(siteId);
    }

    public async Task<SiteDetails?> SetQuotaAsync(int siteId, SiteQuota quota, CancellationToken cancel)
    {
        var reply = await ChangeAsync(siteId, site => site.SetQuotaAsync(quota.EventsPerDay, quota.EventsPerSecond), cancel).ConfigureAwait(false);
        return reply.HasSite ? await ReadAsync(siteId, cancel).ConfigureAwait(false) : null;
    }

    public async Task<bool?> AddKeyAsync(int siteId, SiteKey key, CancellationToken cancel)
    {
        var reply = await ChangeAsync(siteId, site => site.AddKeyAsync(SiteWire.Of(key)), cancel).ConfigureAwait(false);
        return reply.HasSite ? reply.IsDone : null;
    }

    public async Task<bool> RemoveKeyAsync(int siteId, byte[] hash, CancellationToken cancel) =>
        (await ChangeAsync(siteId, site => site.RemoveKeyAsync(hash), cancel).ConfigureAwait(false)).IsDone;

    public Task AnnounceAsync(int siteId, CancellationToken cancel) =>
        Failures.CallAsync(() => grains.GetGrain<ISiteGrain>(siteId).AnnounceAsync(), settings.CallBudget, cancel);

    private async Task<SiteChangeReply> ChangeAsync(int siteId, Func<ISiteGrain, ValueTask<SiteChangeReply>> change, CancellationToken cancel)
    {
        var reply = await Failures.CallAsync(() => change(grains.GetGrain<ISiteGrain>(siteId)), settings.CallBudget, cancel).ConfigureAwait(false);
        ThrowIfAway(reply.StoreProblem);
        return reply;
    }

    private static void ThrowIfAway(string? problem)
    {
        if (problem is not null) throw new EventStoreException(StoreFailure.Away, isOutcomeUnknown: false, problem);
    }
}
