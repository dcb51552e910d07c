using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Sites;

namespace GrainAnalytics.Core.Erasures;

/// <summary>Removes users from the system of record.</summary>
/// <remarks>Every method throws <see cref="Writing.EventStoreException"/> when the store does not answer.</remarks>
public interface IErasureStore
{
    /// <summary>All ids of the person that an id belongs to, the id itself included.</summary>
    Task<IReadOnlyList<string>> FindIdsAsync(Site site, string userId, CancellationToken cancel);

    /// <summary>Removes a user's events, profile and sessions and takes them out of every rollup, in one transaction.</summary>
    /// <param name="site">The site.</param>
    /// <param name="userId">The user.</param>
    /// <param name="ids">What <see cref="FindIdsAsync"/> said, and the engine was told to distrust.</param>
    /// <param name="cancel">Ends it; nothing is changed then, or all of it.</param>
    /// <returns>Null when the user has further ids by now; nothing is changed then.</returns>
    /// <exception cref="Writing.EventStoreException">The site's rollups are being made, others are in the way for too long, or the store does not answer.</exception>
    Task<ErasureReceipt?> EraseAsync(Site site, string userId, IReadOnlyList<string> ids, CancellationToken cancel);

    /// <summary>Keeps erasures at a site from beginning or ending, for those who write what arrived long ago.</summary>
    Task<IErasureGuard> EnterAsync(int siteId, CancellationToken cancel);
}

/// <summary>While it is held, no erasure of the site ends. It is disposed soon.</summary>
public interface IErasureGuard : IAsyncDisposable
{
    /// <summary>For each of these events: whether its user was erased after it arrived.</summary>
    Task<bool[]> AreErasedAsync(IReadOnlyList<EncodedEvent> events, CancellationToken cancel);
}
