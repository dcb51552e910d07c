using GrainAnalytics.Core.Quotas;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Core.Sites;

/// <summary>Shows and changes sites where one process is all there is.</summary>
public sealed class LocalSites(ISiteStore store, ISiteCache cache, LocalQuotas quotas, TimeProvider time) : ISiteRegistry
{
    /// <inheritdoc/>
    public Task<IReadOnlyList<Site>> ListAsync(CancellationToken cancel) => store.ListAsync(cancel);

    /// <inheritdoc/>
    public async Task<SiteDetails?> ReadAsync(int siteId, CancellationToken cancel) =>
        await DetailsAsync(await store.ReadAsync(siteId, cancel).ConfigureAwait(false), cancel).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<SiteDetails?> SetQuotaAsync(int siteId, SiteQuota quota, CancellationToken cancel)
    {
        var site = await store.SetQuotaAsync(siteId, quota, cancel).ConfigureAwait(false);
        cache.Forget(siteId);
        return await DetailsAsync(site, cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<bool?> AddKeyAsync(int siteId, SiteKey key, CancellationToken cancel)
    {
        if (await store.ReadAsync(siteId, cancel).ConfigureAwait(false) is null) return null;
        var isAdded = await store.AddKeyAsync(siteId, key, cancel).ConfigureAwait(false);
        cache.Forget(siteId);
        return isAdded || (await store.ReadKeysAsync(siteId, cancel).ConfigureAwait(false)).Any(key.IsSame);
    }

    /// <inheritdoc/>
    public async Task<bool> RemoveKeyAsync(int siteId, byte[] hash, CancellationToken cancel)
    {
        var isRemoved = await store.RemoveKeyAsync(siteId, hash, cancel).ConfigureAwait(false);
        cache.Forget(siteId);
        return isRemoved;
    }

    /// <inheritdoc/>
    public Task AnnounceAsync(int siteId, CancellationToken cancel)
    {
        cache.Forget(siteId);
        return Task.CompletedTask;
    }

    private async Task<SiteDetails?> DetailsAsync(Site? site, CancellationToken cancel) => site is null ? null : new(site,
        await store.ReadKeysAsync(site.Id, cancel).ConfigureAwait(false), site.Clock.DayOf(time.NowMicroseconds()),
        site.Quota.EventsPerDay is null ? null : await quotas.ReadUsedAsync(site, cancel).ConfigureAwait(false));
}
