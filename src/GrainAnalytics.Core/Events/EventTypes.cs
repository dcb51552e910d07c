namespace GrainAnalytics.Core.Events;

/// <summary>Event types with a meaning of their own.</summary>
public static class EventTypes
{
    /// <summary>True for types that stand in journeys and in sessions' lists but count as no event: <c>identify</c>, <c>alias</c> and
    /// <c>group</c> say who somebody is and not what somebody did; <c>engagement</c> and <c>$pageleave</c> say how long an event before
    /// them lasted.</summary>
    /// <param name="type">UTF-8.</param>
    public static bool IsUncounted(ReadOnlySpan<byte> type) =>
        type.SequenceEqual("identify"u8) || type.SequenceEqual("alias"u8) || type.SequenceEqual("group"u8)
        || type.SequenceEqual("engagement"u8) || type.SequenceEqual("$pageleave"u8);
}
