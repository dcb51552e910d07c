using GrainAnalytics.Core.Rollups;

namespace GrainAnalytics.Core.Queries;

/// <summary>Questions that are answered from what is stored, exact as of the moment they are asked.</summary>
/// <remarks>Every method throws <see cref="Writing.EventStoreException"/> when the store does not answer, and
/// <see cref="ScanRefusedException"/> when it would take more than it may.</remarks>
public interface IQueries
{
    /// <summary>Active users of every day, week or month that the range touches, each counted whole, zeros included, oldest first.</summary>
    Task<IReadOnlyList<PeriodCount>> ActiveUsersAsync(StatsRange range, Period period, CancellationToken cancel);

    /// <summary>The most frequent types, most first, equal counts by name.</summary>
    Task<IReadOnlyList<TypeCount>> TopEventsAsync(StatsRange range, int limit, CancellationToken cancel);

    /// <summary>Events of each day and type; days and types without events are left out.</summary>
    /// <param name="range">Which days.</param>
    /// <param name="type">Only this type, or null.</param>
    /// <param name="cancel">Ends the read.</param>
    Task<IReadOnlyList<DayMetrics>> MetricsAsync(StatsRange range, string? type, CancellationToken cancel);

    /// <summary>A metric over time, zeros included, oldest first.</summary>
    Task<IReadOnlyList<TimeCount>> TimeSeriesAsync(StatsRange range, SeriesQuery query, CancellationToken cancel);

    /// <summary>Cohorts whose period the range touches, oldest first; those without users are left out.</summary>
    /// <param name="range">Which cohorts.</param>
    /// <param name="period">Length of the periods.</param>
    /// <param name="periods">Most periods behind a cohort's own.</param>
    /// <param name="today">Periods that begin later are left out.</param>
    /// <param name="cancel">Ends the read.</param>
    Task<IReadOnlyList<Cohort>> RetentionAsync(StatsRange range, Period period, int periods, DateOnly today, CancellationToken cancel);

    /// <summary>The values of a dimension with most events, most first, equal counts by value.</summary>
    Task<IReadOnlyList<ValueCount>> BreakdownAsync(StatsRange range, Dimension by, int limit, CancellationToken cancel);

    /// <summary>The same by a member of the payload; events without it are left out.</summary>
    Task<IReadOnlyList<ValueCount>> BreakdownAsync(StatsRange range, PayloadMember by, int limit, CancellationToken cancel);

    /// <summary>How many users went through steps in order, each within the range.</summary>
    /// <param name="range">Which events.</param>
    /// <param name="steps">1 to 30 steps.</param>
    /// <param name="within">Longest time from the first to the last, microseconds; null: any.</param>
    /// <param name="cancel">Ends the read.</param>
    Task<IReadOnlyList<FunnelCount>> FunnelAsync(StatsRange range, IReadOnlyList<FunnelStep> steps, long? within, CancellationToken cancel);

    /// <summary>What users did next in the same session after events of a type, most first.</summary>
    Task<IReadOnlyList<NextStep>> PathsAsync(StatsRange range, string fromType, int limit, CancellationToken cancel);

    /// <summary>The pages with most views, most first, equal ones by path.</summary>
    Task<IReadOnlyList<PageCount>> PagesAsync(StatsRange range, int limit, CancellationToken cancel);

    /// <summary>Sessions that began in the range.</summary>
    Task<SessionSummary> SessionsAsync(StatsRange range, CancellationToken cancel);

    /// <summary>Users whose id begins with a text, most recently seen first.</summary>
    Task<IReadOnlyList<UserSummary>> UsersAsync(UserQuery query, CancellationToken cancel);

    /// <summary>A user; null when there is none.</summary>
    Task<UserSummary?> FindUserAsync(Sites.Site site, string userId, CancellationToken cancel);

    /// <summary>What was said of a user; of the latest 500 events that say something.</summary>
    Task<UserTraits> TraitsAsync(Sites.Site site, string userId, CancellationToken cancel);
}
