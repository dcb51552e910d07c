using GrainAnalytics.Core.Events;

namespace GrainAnalytics.Core.Journeys;

/// <summary>Which of a user's events to read.</summary>
/// <param name="UserId">The user.</param>
/// <param name="From">Earliest occurredAt, inclusive, Unix microseconds.</param>
/// <param name="To">Latest occurredAt, inclusive, Unix microseconds.</param>
/// <param name="Type">Only events of this type; null for all.</param>
/// <param name="Limit">Most events in the page, 1 to 1,000.</param>
/// <param name="Before">Only events behind this position, which the previous page ended with; null for the first page.</param>
public sealed record JourneyQuery(string UserId, long From = long.MinValue, long To = long.MaxValue, string? Type = null,
    int Limit = 100, EventPosition? Before = null);

/// <summary>A page of a journey.</summary>
/// <param name="Events">Newest first; equal times by event id, descending.</param>
/// <param name="HasMore">True when older events match the query too.</param>
public sealed record JourneyPage(IReadOnlyList<EncodedEvent> Events, bool HasMore);
