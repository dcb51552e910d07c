using GrainAnalytics.Core.Events;

namespace GrainAnalytics.Core.Spool;

/// <summary>The spools of the other processes of the cluster.</summary>
public interface ISpoolPeers
{
    /// <summary>True while another process may have a backlog.</summary>
    bool HaveBacklog { get; }

    /// <summary>Tells the others that this process has events in its spool, or is about to. They believe it for a while, so it is
    /// repeated while it is true.</summary>
    /// <returns>When those that can be reached know.</returns>
    Task AnnounceAsync(CancellationToken cancel);

    /// <summary>A user's events that wait in the others' spools, in no order.</summary>
    /// <returns>The events, and whether all of those who may have some answered.</returns>
    Task<(IReadOnlyList<EncodedEvent> Events, bool IsComplete)> ReadAsync(int siteId, string userId, CancellationToken cancel);

    /// <summary>Has the others show no more what waits in their spools of users who were erased.</summary>
    /// <exception cref="Writing.EventStoreException">One that has a backlog does not answer.</exception>
    Task ForgetAsync(int siteId, IReadOnlyList<string> userIds, long erasedAt, CancellationToken cancel);
}
