namespace GrainAnalytics.Core.Queries;

/// <summary>Users active in a period.</summary>
/// <param name="Start">Its first day.</param>
/// <param name="Users">How many.</param>
public readonly record struct PeriodCount(DateOnly Start, long Users);

/// <summary>Events of one type.</summary>
public readonly record struct TypeCount(string Type, long Count);

/// <summary>Events of a day by type, types by name.</summary>
public sealed record DayMetrics(DateOnly Date, IReadOnlyList<TypeCount> Metrics);

/// <summary>A metric's value in an interval.</summary>
/// <param name="At">The instant at which the interval begins, Unix microseconds.</param>
/// <param name="Count">The value.</param>
public readonly record struct TimeCount(long At, long Count);

/// <summary>Users whose first event ever lies in a period, and how many of them came back.</summary>
/// <param name="Start">First day of the period.</param>
/// <param name="Size">Users.</param>
/// <param name="Retained">Those active in the nth period from it; the first is the period itself.</param>
public sealed record Cohort(DateOnly Start, long Size, IReadOnlyList<long> Retained);

/// <summary>Events of a dimension's value.</summary>
/// <param name="Value">The value.</param>
/// <param name="Count">Counted events.</param>
/// <param name="Users">Different users.</param>
/// <param name="IsExact">False when <paramref name="Users"/> is an estimate.</param>
public readonly record struct ValueCount(string Value, long Count, long Users, bool IsExact);

/// <summary>What happened on a page.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Views">Page views.</param>
/// <param name="Visitors">Different users with a counted event on it.</param>
/// <param name="IsExact">False when <paramref name="Visitors"/> is an estimate.</param>
/// <param name="Entries">Sessions that began in the range whose first page view it was.</param>
/// <param name="Exits">Sessions that began in the range whose last page view it was.</param>
/// <param name="EngagedMs">Milliseconds of attention.</param>
public readonly record struct PageCount(string Path, long Views, long Visitors, bool IsExact, long Entries, long Exits, long EngagedMs);

/// <summary>Sessions, counted by the day on which they began.</summary>
/// <param name="Sessions">How many.</param>
/// <param name="Bounces">Those with a single counted event.</param>
/// <param name="Views">Their page views.</param>
/// <param name="DurationMs">Milliseconds from first to last counted event, added up.</param>
/// <param name="MedianSeconds">Whole seconds that half of them do not exceed; null without sessions.</param>
/// <param name="P90Seconds">Whole seconds that nine in ten do not exceed.</param>
public sealed record SessionSummary(long Sessions, long Bounces, long Views, long DurationMs, int? MedianSeconds, int? P90Seconds);

/// <summary>A user as a list shows them.</summary>
/// <param name="UserId">The id.</param>
/// <param name="FirstSeenAt">Earliest event, Unix microseconds.</param>
/// <param name="LastSeenAt">Latest event.</param>
/// <param name="Events">Counted events.</param>
/// <param name="Sessions">Sessions that began as this user's.</param>
public sealed record UserSummary(string UserId, long FirstSeenAt, long LastSeenAt, long Events, long Sessions);
