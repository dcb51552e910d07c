namespace GrainAnalytics.Core.Jobs;

/// <summary>How long a site keeps its raw events.</summary>
/// <param name="KeepDays">Days before today; null: forever.</param>
/// <param name="KeptFrom">Events that happened before this instant, Unix microseconds, are removed or about to be; null while none ever was.</param>
public sealed record SiteRetention(int? KeepDays, long? KeptFrom)
{
    /// <summary>Least days: yesterday is still recounted.</summary>
    public const int LeastDays = 2;

    /// <summary>Most days.</summary>
    public const int MostDays = 36_500;
}

/// <summary>Keeps how long sites keep their raw events.</summary>
/// <remarks>Every method throws <see cref="Writing.EventStoreException"/> when it cannot do its work.</remarks>
public interface IRetentionStore
{
    /// <summary>A site's; null when there is no such site.</summary>
    Task<SiteRetention?> ReadAsync(int siteId, CancellationToken cancel);

    /// <summary>Sets a site's. In force with the next run of its retention job.</summary>
    /// <returns>What holds now; null when there is no such site.</returns>
    Task<SiteRetention?> SetAsync(int siteId, int? keepDays, CancellationToken cancel);
}
