using System.Text;
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
    int Limit = 100, EventPosition? Before = null)
{
    /// <summary>The type, UTF-8; empty for all.</summary>
    internal byte[] TypeBytes() => Type is null ? [] : Encoding.UTF8.GetBytes(Type);

    /// <summary>True when an event of the user belongs into the answer.</summary>
    /// <param name="value">The event.</param>
    /// <param name="type">See <see cref="TypeBytes"/>.</param>
    internal bool Matches(EncodedEvent value, ReadOnlySpan<byte> type) =>
        value.OccurredAt >= From && value.OccurredAt <= To && (Before is not { } before || before.CompareEvent(value) < 0)
        && (type.IsEmpty || value.Type.Span.SequenceEqual(type));
}

/// <summary>A page of a journey.</summary>
/// <param name="Events">Newest first; equal times by event id, descending.</param>
/// <param name="HasMore">True when older events match the query too.</param>
/// <param name="IsPartial">True when the store did not answer, so that stored events may be missing.</param>
public sealed record JourneyPage(IReadOnlyList<EncodedEvent> Events, bool HasMore, bool IsPartial = false)
{
    /// <summary>Most other ids of a user whose events are shown beside the user's own: the latest ones.</summary>
    public const int MostAliases = 100;

    /// <summary>Other ids that the user is known to have had; their events are not in the page yet.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>The page with further events of the user, those left out that do not match or are in it already.</summary>
    public JourneyPage With(IReadOnlyList<EncodedEvent> further, JourneyQuery query)
    {
        var type = query.TypeBytes();
        var known = Events.Select(e => e.Key).ToHashSet();
        var merged = new List<EncodedEvent>(Events);
        foreach (var value in further) if (query.Matches(value, type) && known.Add(value.Key)) merged.Add(value);
        if (merged.Count == Events.Count) return this;
        merged.Sort((a, b) => EventPosition.Compare(b, a));
        var isCut = merged.Count > query.Limit;
        if (isCut) merged.RemoveRange(query.Limit, merged.Count - query.Limit);
        return this with { Events = merged, HasMore = HasMore || isCut };
    }
}
