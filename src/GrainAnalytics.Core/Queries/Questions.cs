using GrainAnalytics.Core.Filters;
using GrainAnalytics.Core.Sites;

namespace GrainAnalytics.Core.Queries;

/// <summary>What a statistic is asked of.</summary>
/// <param name="Site">The site.</param>
/// <param name="From">First local day.</param>
/// <param name="To">Last local day, inclusive.</param>
public sealed record StatsRange(Site Site, DateOnly From, DateOnly To)
{
    /// <summary>True to count what crawlers sent, too.</summary>
    public bool WithBots { get; init; }

    /// <summary>Only events that match this, or null.</summary>
    public Filter? Filter { get; init; }

    /// <summary>True when rollups may have the answer.</summary>
    public bool IsPlain => !WithBots && Filter is null;

    /// <summary>The instant at which the first day begins, Unix microseconds.</summary>
    public long Start => Site.Clock.DayStart(From);

    /// <summary>The instant at which the day after the last one begins.</summary>
    public long End => Site.Clock.DayStart(To.AddDays(1));
}

/// <summary>What a series counts.</summary>
public enum Metric
{
    /// <summary>Counted events.</summary>
    Events,
    /// <summary>Different users with a counted event.</summary>
    Users,
    /// <summary>Sessions that began.</summary>
    Sessions,
    /// <summary>Counted events of type <c>page_view</c>.</summary>
    PageViews,
}

/// <summary>Length of a series' steps.</summary>
public enum Interval
{
    /// <summary>A minute.</summary>
    Minute,
    /// <summary>A local hour.</summary>
    Hour,
    /// <summary>A local day.</summary>
    Day,
    /// <summary>An ISO week.</summary>
    Week,
    /// <summary>A month.</summary>
    Month,
}

/// <summary>A series.</summary>
/// <param name="Metric">What is counted.</param>
/// <param name="Interval">In steps of what length; weeks and months that the range cuts are counted whole.</param>
/// <param name="Type">Only events of this type, or null.</param>
public sealed record SeriesQuery(Metric Metric, Interval Interval, string? Type);

/// <summary>What a dimension is that every site has its own of: a member of the payload.</summary>
/// <param name="Path">Names of the members that lead to it, from the outside in; at least one.</param>
public sealed record PayloadMember(IReadOnlyList<string> Path);

/// <summary>A page of the list of users.</summary>
/// <param name="Site">The site.</param>
/// <param name="Prefix">What ids begin with; empty: all.</param>
/// <param name="Limit">Most users.</param>
/// <param name="Before">Continues behind this user; null: from the start.</param>
public sealed record UserQuery(Site Site, string Prefix, int Limit, UserPosition? Before);

/// <summary>A place in the list of users.</summary>
/// <param name="LastSeenAt">Unix microseconds.</param>
/// <param name="UserId">The id, which orders users last seen at one instant, descending.</param>
public readonly record struct UserPosition(long LastSeenAt, string UserId);
