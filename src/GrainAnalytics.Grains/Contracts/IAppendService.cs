using Orleans.Services;

namespace GrainAnalytics.Grains.Contracts;

/// <summary>Each silo's door for events: takes all of a request's events whose users live on that silo in one call, so that
/// a batch costs a hop a silo and not a hop an event.</summary>
[Alias("ga.append-service")]
public interface IAppendService : IGrainService
{
    /// <summary>Hands the events to their users' grains.</summary>
    [Alias("append.v1")]
    Task<AppendReply> AppendAsync(int siteId, EventList events);
}
