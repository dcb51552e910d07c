using System.Text;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Journeys;

namespace GrainAnalytics.Testing;

/// <summary>A journey as simply as it can be said: all events in a list, asked by sorting and filtering it.</summary>
public static class JourneyModel
{
    /// <summary>Newest first, equal times by the id's bytes, descending.</summary>
    public static List<EncodedEvent> Sort(IEnumerable<EncodedEvent> events) =>
        [.. events.OrderByDescending(e => e.OccurredAt).ThenByDescending(e => e.IdText, Comparer<string>.Create(CompareBytes))];

    /// <summary>Answers a query.</summary>
    public static JourneyPage Read(IEnumerable<EncodedEvent> events, JourneyQuery query)
    {
        var matching = Sort(events.Where(e => e.UserIdText == query.UserId && e.OccurredAt >= query.From && e.OccurredAt <= query.To
            && (query.Type is null || Encoding.UTF8.GetString(e.Type.Span) == query.Type) && IsBehind(e, query.Before)));
        return new JourneyPage([.. matching.Take(query.Limit)], matching.Count > query.Limit);
    }

    /// <summary>Checks that two pages say the same.</summary>
    public static void AssertSame(JourneyPage expected, JourneyPage actual)
    {
        Xunit.Assert.Equal(TestEvents.Describe(expected.Events), TestEvents.Describe(actual.Events));
        Xunit.Assert.Equal(expected.HasMore, actual.HasMore);
    }

    private static bool IsBehind(EncodedEvent value, EventPosition? before) => before is not { } place
        || value.OccurredAt < place.OccurredAt || value.OccurredAt == place.OccurredAt && CompareBytes(value.IdText, place.EventId) < 0;

    private static int CompareBytes(string a, string b) => Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b));
}
