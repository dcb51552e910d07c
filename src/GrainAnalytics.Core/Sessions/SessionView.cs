using GrainAnalytics.Core.Events;

namespace GrainAnalytics.Core.Sessions;

/// <summary>A session as a lookup shows it.</summary>
/// <param name="SessionId">The sender's session id.</param>
/// <param name="UserId">The user of its newest event.</param>
/// <param name="StartedAt">Earliest occurredAt, Unix microseconds.</param>
/// <param name="LastSeenAt">Latest occurredAt, Unix microseconds.</param>
/// <param name="EventCount">All its events, also those not listed.</param>
/// <param name="Events">Its newest events, newest first, at most <see cref="SessionState.MaxEvents"/>.</param>
public sealed record SessionView(string SessionId, string UserId, long StartedAt, long LastSeenAt, long EventCount,
    IReadOnlyList<EncodedEvent> Events);
