namespace GrainAnalytics.Core.Events;

/// <summary>Event types with a meaning of their own.</summary>
public static class EventTypes
{
    /// <summary>True for <c>identify</c>, <c>alias</c> and <c>group</c>, which say who somebody is and not what somebody did, and
    /// for <c>engagement</c> and <c>$pageleave</c>, which add time to what was done before: they stand in journeys and in
    /// sessions' lists and count as no activity.</summary>
    /// <param name="type">UTF-8.</param>
    public static bool IsUncounted(ReadOnlySpan<byte> type) => type.Length switch
    {
        5 => type.SequenceEqual("alias"u8) || type.SequenceEqual("group"u8),
        8 => type.SequenceEqual("identify"u8),
        10 => type.SequenceEqual("engagement"u8) || type.SequenceEqual("$pageleave"u8),
        _ => false,
    };
}
