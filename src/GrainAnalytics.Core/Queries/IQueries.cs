using GrainAnalytics.Core.Sites;

namespace GrainAnalytics.Core.Queries;

/// <summary>Users active on one day.</summary>
public readonly record struct DailyActiveUsers(DateOnly Date, long ActiveUsers);

/// <summary>Events of one type.</summary>
public readonly record struct TypeCount(string Type, long Count);

/// <summary>Questions that are answered from rollups.</summary>
/// <remarks>Every method throws <see cref="Writing.EventStoreException"/> when the store does not answer.</remarks>
public interface IQueries
{
    /// <summary>Active users of every day from <paramref name="from"/> to <paramref name="to"/>, both inclusive, zeros
    /// included, oldest first.</summary>
    Task<IReadOnlyList<DailyActiveUsers>> DailyActiveUsersAsync(Site site, DateOnly from, DateOnly to, CancellationToken cancel);

    /// <summary>The most frequent types of the days from <paramref name="from"/> to <paramref name="to"/>, most first,
    /// equal counts by name.</summary>
    Task<IReadOnlyList<TypeCount>> TopEventsAsync(Site site, DateOnly from, DateOnly to, int limit, CancellationToken cancel);
}
