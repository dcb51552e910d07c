using GrainAnalytics.Core.Quotas;

namespace GrainAnalytics.Core.Sites;

/// <summary>A key as it is kept: not the key itself.</summary>
/// <param name="Hash">SHA-256 of its UTF-8 bytes, 32 bytes.</param>
/// <param name="Kind">What it may do.</param>
public sealed record SiteKey(byte[] Hash, KeyKind Kind)
{
    /// <summary>True for the same key that may do the same.</summary>
    public bool IsSame(SiteKey other) => Kind == other.Kind && Hash.AsSpan().SequenceEqual(other.Hash);
}

/// <summary>Where sites and their keys are kept. Changes are in force for all servers when those that remember sites were told.</summary>
/// <remarks>Every method throws <see cref="Writing.EventStoreException"/> when the store does not answer.</remarks>
public interface ISiteStore
{
    /// <summary>All sites, by number.</summary>
    Task<IReadOnlyList<Site>> ListAsync(CancellationToken cancel);

    /// <summary>A site as it is now; null when there is none.</summary>
    Task<Site?> ReadAsync(int siteId, CancellationToken cancel);

    /// <summary>A site's keys, oldest first.</summary>
    Task<IReadOnlyList<SiteKey>> ReadKeysAsync(int siteId, CancellationToken cancel);

    /// <summary>Sets a site's quota.</summary>
    /// <returns>The site as it is now; null when there is none.</returns>
    Task<Site?> SetQuotaAsync(int siteId, SiteQuota quota, CancellationToken cancel);

    /// <summary>Adds a key to a site that exists.</summary>
    /// <returns>False when some site has it already; nothing is changed then.</returns>
    Task<bool> AddKeyAsync(int siteId, SiteKey key, CancellationToken cancel);

    /// <summary>Removes a key.</summary>
    /// <returns>False when the site did not have it.</returns>
    Task<bool> RemoveKeyAsync(int siteId, byte[] hash, CancellationToken cancel);
}

/// <summary>Remembers sites and keys in this process.</summary>
public interface ISiteCache
{
    /// <summary>Forgets a site and its keys, so that the next request that needs them asks the store.</summary>
    void Forget(int siteId);

    /// <summary>Remembers keys that nobody has used yet, so that they are known when the store goes away. A key with a signing secret
    /// is left out: its secret is made from the key itself, which only a request brings.</summary>
    /// <exception cref="Writing.EventStoreException">The store did not answer.</exception>
    Task RememberAsync(CancellationToken cancel);
}
