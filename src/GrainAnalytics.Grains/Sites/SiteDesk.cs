using GrainAnalytics.Core.Quotas;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.Grains.Contracts;
using Microsoft.Extensions.Logging;

namespace GrainAnalytics.Grains.Sites;

/// <summary>Settings, keys and quota of one site, for its grain; changes go to the database first and then to all silos.</summary>
internal sealed class SiteDesk(ISiteStore store, ISiteDirectory sites, IUsageStore usage, SiteAnnouncer announcer, TimeProvider time, ILogger<SiteDesk> log)
{
    // Keys that were changed in SQL are seen after as long as on the fronts.
    private static readonly TimeSpan KeysFreshFor = TimeSpan.FromSeconds(60);

    private readonly QuotaBook _book = new(usage, time, log);
    private (IReadOnlyList<SiteKey> Keys, long ReadAt)? _keys;
    private Site? _site;        // with which the book was last used

    public async Task<SiteDetailsReply> ReadAsync(int siteId)
    {
        try
        {
            if (await store.ReadAsync(siteId, default) is not { } site) return new(null, [], 0, null, null);
            var keys = await ReadKeysAsync(siteId);
            var used = site.Quota.EventsPerDay is null ? null : await _book.ReadUsedAsync(_site = site, default);
            return new(SiteWire.Of(site), [.. keys.Select(SiteWire.Of)], site.Clock.DayOf(time.NowMicroseconds()).DayNumber, used, null);
        }
        catch (EventStoreException e)
        {
            return new(null, [], 0, null, e.Message);
        }
    }

    public async Task<FindKeyReply> FindKeyAsync(int siteId, byte[] hash)
    {
        try
        {
            var keys = _keys is { } known && time.GetElapsedTime(known.ReadAt) < KeysFreshFor ? known.Keys : await ReadKeysAsync(siteId);
            return new(keys.FirstOrDefault(key => key.Hash.AsSpan().SequenceEqual(hash)) is { } found ? SiteWire.Of(found) : null, null);
        }
        catch (EventStoreException e)
        {
            return new(null, e.Message);
        }
    }

    public Task<SiteChangeReply> AddKeyAsync(int siteId, SiteKey key) => ChangeAsync(siteId, async () =>
        await store.AddKeyAsync(siteId, key, default) || (await store.ReadKeysAsync(siteId, default)).Any(key.IsSame));

    public Task<SiteChangeReply> RemoveKeyAsync(int siteId, byte[] hash) => ChangeAsync(siteId, () => store.RemoveKeyAsync(siteId, hash, default));

    public Task<SiteChangeReply> SetQuotaAsync(int siteId, SiteQuota quota) =>
        ChangeAsync(siteId, async () => await store.SetQuotaAsync(siteId, quota, default) is not null);

    public async Task<LeaseReply> LeaseAsync(int siteId, QuotaAsk ask)
    {
        try
        {
            return await sites.FindAsync(siteId, default) is { } site
                ? SiteWire.Of(await _book.LeaseAsync(_site = site, ask, default))
                : NotAsked($"There is no site {siteId}.");
        }
        catch (EventStoreException e)
        {
            return NotAsked(e.Message);
        }

        static LeaseReply NotAsked(string why) => new(0, 0, TimeSpan.Zero, null, why);
    }

    /// <summary>Has everybody, the desk included, forget what they remember of the site.</summary>
    public Task AnnounceAsync(int siteId)
    {
        _keys = null;
        return announcer.AnnounceAsync(siteId);
    }

    /// <summary>Gives back what was set apart of the quota and not granted.</summary>
    public Task CloseAsync(CancellationToken cancel) => _site is { } site ? _book.CloseAsync(site, cancel) : Task.CompletedTask;

    private async Task<IReadOnlyList<SiteKey>> ReadKeysAsync(int siteId)
    {
        var keys = await store.ReadKeysAsync(siteId, default);
        _keys = (keys, time.GetTimestamp());
        return keys;
    }

    private async Task<SiteChangeReply> ChangeAsync(int siteId, Func<Task<bool>> change)
    {
        try
        {
            if (await store.ReadAsync(siteId, default) is null) return new(false, false, null);
            var isDone = await change();
            await AnnounceAsync(siteId);
            return new(true, isDone, null);
        }
        catch (EventStoreException e)
        {
            return new(true, false, e.Message);
        }
    }
}
