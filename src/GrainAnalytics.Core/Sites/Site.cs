using GrainAnalytics.Core.Quotas;
using GrainAnalytics.Core.Signing;

namespace GrainAnalytics.Core.Sites;

/// <summary>One tracked property.</summary>
/// <param name="Id">Number inside this installation, 1 and up; never shown.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Domain">Its host name, or null.</param>
/// <param name="Clock">Days and hours in its time zone.</param>
public sealed record Site(int Id, string Name, string? Domain, SiteClock Clock)
{
    /// <summary>How many events it may send.</summary>
    public SiteQuota Quota { get; init; } = SiteQuota.Unlimited;
}

/// <summary>What a key may do.</summary>
public enum KeyKind
{
    /// <summary>Public; may only send.</summary>
    Write,
    /// <summary>Secret; may read its site, and send.</summary>
    Api,
}

/// <summary>A key that was found: whose it is and what it may do.</summary>
/// <param name="Site">Whose it is.</param>
/// <param name="Kind">What it may do.</param>
/// <param name="Signing">What its requests are signed with; null when it has no signing secret.</param>
public sealed record SiteAccess(Site Site, KeyKind Kind, KeySigning? Signing = null);

/// <summary>Finds sites by key.</summary>
public interface ISiteDirectory
{
    /// <summary>The site of a key, or null when no site has it. Answers from memory when it can.</summary>
    /// <exception cref="Writing.EventStoreException">The store did not answer and the key is not remembered.</exception>
    ValueTask<SiteAccess?> FindAsync(string key, CancellationToken cancel);

    /// <summary>The site that an SDK's sender names by a key of it, its domain (in any case, with or without "www.") or its number; null
    /// when there is none. Naming is worth no more than an unsigned write key: a site without one is only found by its keys.</summary>
    /// <exception cref="Writing.EventStoreException">The store did not answer and the name is not remembered.</exception>
    ValueTask<SiteAccess?> FindSenderAsync(string name, CancellationToken cancel) => FindAsync(name, cancel);

    /// <summary>A site by its number; null when there is none.</summary>
    ValueTask<Site?> FindAsync(int siteId, CancellationToken cancel);
}
