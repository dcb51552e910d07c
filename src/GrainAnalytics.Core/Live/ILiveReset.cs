using GrainAnalytics.Core.Writing;

namespace GrainAnalytics.Core.Live;

/// <summary>Has the owner of a site's live state begin again from the store, after users were erased from it.</summary>
public interface ILiveReset
{
    /// <summary>Begins again; returns when every process that has viewers of the site shows the new state.</summary>
    /// <param name="siteId">The site.</param>
    /// <param name="users">Hashes of the erased users; see <see cref="UserHash"/>.</param>
    /// <param name="erasedAt">What arrived of theirs by then is shown no more, should it still be told; Unix microseconds.</param>
    /// <param name="cancel">Ends the waiting.</param>
    /// <exception cref="EventStoreException">The store, or a part of the cluster, does not answer.</exception>
    Task ResetAsync(int siteId, IReadOnlyList<ulong> users, long erasedAt, CancellationToken cancel);
}
