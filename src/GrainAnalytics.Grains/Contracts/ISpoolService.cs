using Orleans.Services;

namespace GrainAnalytics.Grains.Contracts;

/// <summary>Each silo's door to its spool: what one front acknowledged while the database was away, lookups on all others find.</summary>
[Alias("ga.spool-service")]
public interface ISpoolService : IGrainService
{
    /// <summary>Says that a silo has events in its spool, or is about to, for the next <see cref="Spools.ClusterSpools.Lease"/>.</summary>
    [Alias("announce.v1")]
    Task AnnounceAsync(SiloAddress from);

    /// <summary>A user's events that wait in this silo's spool, in no order.</summary>
    [Alias("read.v1")]
    Task<SpoolReply> ReadAsync(int siteId, string userId);

    /// <summary>Shows no more what waits in this silo's spool of users who were erased, as far as it arrived by then.</summary>
    [Alias("forget.v1")]
    Task ForgetAsync(int siteId, string[] userIds, long erasedAt);
}

/// <summary>What a spool has of a user.</summary>
/// <param name="Events">The events.</param>
/// <param name="IsComplete">False when there may be more.</param>
[GenerateSerializer, Immutable, Alias("ga.spool-reply.v1")]
public sealed record SpoolReply([property: Id(0)] EventList Events, [property: Id(1)] bool IsComplete);
