namespace GrainAnalytics.Core.Quotas;

/// <summary>How many events a site may send.</summary>
/// <param name="EventsPerDay">In one of the site's local days, by arrival, 1 and up; null: any number.</param>
/// <param name="EventsPerSecond">In a second, on average, 1 and up; null: any number.</param>
public sealed record SiteQuota(long? EventsPerDay, int? EventsPerSecond)
{
    /// <summary>Any number.</summary>
    public static SiteQuota Unlimited { get; } = new(null, null);

    /// <summary>True when there is a limit.</summary>
    public bool IsLimited => EventsPerDay is not null || EventsPerSecond is not null;
}
