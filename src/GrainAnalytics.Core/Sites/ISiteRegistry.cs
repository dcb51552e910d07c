using GrainAnalytics.Core.Quotas;

namespace GrainAnalytics.Core.Sites;

/// <summary>A site with what belongs to it.</summary>
/// <param name="Site">The site.</param>
/// <param name="Keys">Its keys, oldest first.</param>
/// <param name="Today">Its local day now.</param>
/// <param name="UsedToday">Events granted of the day's quota, leases that are not used up included; null without one, or when
/// the store did not say.</param>
public sealed record SiteDetails(Site Site, IReadOnlyList<SiteKey> Keys, DateOnly Today, long? UsedToday);

/// <summary>Shows and changes sites for operators. When a change returns it is in force on every server that could be told of it,
/// on others within a minute.</summary>
/// <remarks>Every method throws <see cref="Writing.EventStoreException"/> when the store, or the part of a cluster that holds the
/// site, does not answer.</remarks>
public interface ISiteRegistry
{
    /// <summary>All sites, by number.</summary>
    Task<IReadOnlyList<Site>> ListAsync(CancellationToken cancel);

    /// <summary>A site; null when there is none.</summary>
    Task<SiteDetails?> ReadAsync(int siteId, CancellationToken cancel);

    /// <summary>Sets a site's quota.</summary>
    /// <returns>The site as it is now; null when there is none.</returns>
    Task<SiteDetails?> SetQuotaAsync(int siteId, SiteQuota quota, CancellationToken cancel);

    /// <summary>Gives a site a key; harmless to repeat.</summary>
    /// <returns>False when another site has it, or this one for something else; null when there is no such site.</returns>
    Task<bool?> AddKeyAsync(int siteId, SiteKey key, CancellationToken cancel);

    /// <summary>Removes a key: requests with it are refused from now on.</summary>
    /// <returns>False when the site does not have it.</returns>
    Task<bool> RemoveKeyAsync(int siteId, byte[] hash, CancellationToken cancel);

    /// <summary>Has every server forget what it remembers of a site and its keys, after something else changed them.</summary>
    Task AnnounceAsync(int siteId, CancellationToken cancel);
}
