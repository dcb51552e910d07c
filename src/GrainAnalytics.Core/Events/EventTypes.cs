namespace GrainAnalytics.Core.Events;

/// <summary>Event types with a meaning of their own.</summary>
public static class EventTypes
{
    /// <summary>True for <c>identify</c>, <c>alias</c> and <c>group</c>: they stand in journeys and in sessions' lists but
    /// in no statistic, because they say who somebody is and not what somebody did.</summary>
    /// <param name="type">UTF-8.</param>
    public static bool IsUncounted(ReadOnlySpan<byte> type) =>
        type.SequenceEqual("identify"u8) || type.SequenceEqual("alias"u8) || type.SequenceEqual("group"u8);
}
