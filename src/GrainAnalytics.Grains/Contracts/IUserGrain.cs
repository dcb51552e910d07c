namespace GrainAnalytics.Grains.Contracts;

/// <summary>One user of one site; key: "site id/user id".</summary>
[Alias("ga.user")]
public interface IUserGrain : IGrainWithStringKey
{
    /// <summary>Stores events of this user, each once; returns when that is decided.</summary>
    [Alias("append.v1")]
    ValueTask<AppendReply> AppendAsync(int siteId, EventList events);

    /// <summary>A page of the user's events, newest first.</summary>
    [Alias("journey.v1")]
    ValueTask<JourneyReply> ReadJourneyAsync(int siteId, JourneyAsk ask);

    /// <summary>Has nothing written on the strength of what is remembered, until <see cref="ForgetAsync"/> of the same silo; harmless to repeat.</summary>
    /// <param name="silo">Who asks.</param>
    /// <returns>True when nothing of that kind is under way; false when that takes too long.</returns>
    [Alias("distrust.v1")]
    ValueTask<bool> DistrustAsync(SiloAddress silo);

    /// <summary>Forgets everything; harmless to repeat.</summary>
    /// <param name="silo">Who distrusted.</param>
    /// <returns>True.</returns>
    [Alias("forget.v1")]
    ValueTask<bool> ForgetAsync(SiloAddress silo);
}

/// <summary>Which of the user's events; see Core's JourneyQuery.</summary>
/// <param name="UserId">The user.</param>
/// <param name="From">Earliest occurredAt, inclusive, Unix microseconds.</param>
/// <param name="To">Latest occurredAt, inclusive, Unix microseconds.</param>
/// <param name="Type">Only this type; null for all.</param>
/// <param name="Limit">Most events, 1 to 1,000.</param>
/// <param name="BeforeAt">occurredAt of the event that the previous page ended with; null for the first page.</param>
/// <param name="BeforeId">That event's id.</param>
[GenerateSerializer, Immutable, Alias("ga.journey-ask.v1")]
public sealed record JourneyAsk(
    [property: Id(0)] string UserId, [property: Id(1)] long From, [property: Id(2)] long To, [property: Id(3)] string? Type,
    [property: Id(4)] int Limit, [property: Id(5)] long? BeforeAt, [property: Id(6)] string? BeforeId);

/// <summary>A page, or why there is none.</summary>
/// <param name="Events">Newest first.</param>
/// <param name="HasMore">True when older events match too.</param>
/// <param name="StoreProblem">Set when the database was needed and did not answer.</param>
/// <param name="IsPartial">True when the database did not answer and stored events may be missing.</param>
/// <param name="Aliases">Other ids that the user had; null: none.</param>
[GenerateSerializer, Immutable, Alias("ga.journey-reply.v1")]
public sealed record JourneyReply(
    [property: Id(0)] EventList Events, [property: Id(1)] bool HasMore, [property: Id(2)] string? StoreProblem, [property: Id(3)] bool IsPartial = false,
    [property: Id(4)] string[]? Aliases = null);
