using GrainAnalytics.Core.Sites;

namespace GrainAnalytics.Core.Quotas;

/// <summary>Who keeps the count of a site's events for all fronts: in a cluster the site's grain, else this process.</summary>
public interface IQuotaSource
{
    /// <summary>Asks for leave.</summary>
    /// <exception cref="Writing.EventStoreException">Nobody could be asked.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    ValueTask<QuotaGrant> LeaseAsync(Site site, QuotaAsk ask, CancellationToken cancel);
}

/// <summary>Keeps how many events of a day were granted.</summary>
public interface IUsageStore
{
    /// <summary>Adds to a site's count of a day. The first of a day begins at what the daily counters have of it.</summary>
    /// <param name="site">The site.</param>
    /// <param name="day">Its local day.</param>
    /// <param name="events">How many; may be negative, and 0 reads.</param>
    /// <param name="cancel">Gives it up.</param>
    /// <returns>The count after it.</returns>
    /// <exception cref="Writing.EventStoreException">The store did not answer.</exception>
    Task<long> AddUsageAsync(Site site, DateOnly day, long events, CancellationToken cancel);
}
