namespace GrainAnalytics.Grains.Contracts;

/// <summary>One session of one site; key: "site id/session id".</summary>
[Alias("ga.session")]
public interface ISessionGrain : IGrainWithStringKey
{
    /// <summary>The session with its newest events.</summary>
    [Alias("read.v1")]
    ValueTask<SessionReply> ReadAsync(int siteId, string sessionId);
}

/// <summary>A session; see Core's SessionView.</summary>
/// <param name="IsKnown">False when there is no such session, or when the database did not answer.</param>
/// <param name="UserId">User of the newest event.</param>
/// <param name="StartedAt">Unix microseconds.</param>
/// <param name="LastSeenAt">Unix microseconds.</param>
/// <param name="EventCount">All its events, also those that are not listed.</param>
/// <param name="Events">Newest first.</param>
/// <param name="StoreProblem">Set when the database did not answer.</param>
[GenerateSerializer, Immutable, Alias("ga.session-reply.v1")]
public sealed record SessionReply(
    [property: Id(0)] bool IsKnown, [property: Id(1)] string UserId, [property: Id(2)] long StartedAt, [property: Id(3)] long LastSeenAt,
    [property: Id(4)] long EventCount, [property: Id(5)] EventList Events, [property: Id(6)] string? StoreProblem);
