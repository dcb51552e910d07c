namespace GrainAnalytics.Core.Limits;

/// <summary>A limit that refused a request, as the client is told of it.</summary>
/// <param name="Policy">The limit's name: "address", "key", "second" or "day".</param>
/// <param name="Unit">What is counted: "requests" or "events".</param>
/// <param name="Quota">How many there are in a window.</param>
/// <param name="Window">The window; null when it has no fixed length.</param>
/// <param name="Left">How many are left now.</param>
/// <param name="Reset">Until there are more.</param>
public sealed record LimitReport(string Policy, string Unit, long Quota, TimeSpan? Window, long Left, TimeSpan Reset)
{
    /// <summary>The report of an empty bucket.</summary>
    /// <param name="policy">The limit's name.</param>
    /// <param name="unit">What is counted.</param>
    /// <param name="perSecond">Tokens that come back a second.</param>
    /// <param name="burst">Tokens in a full bucket.</param>
    /// <param name="wait">Until a token is there.</param>
    public static LimitReport OfBucket(string policy, string unit, double perSecond, double burst, TimeSpan wait)
    {
        // Windows are told in whole seconds: the shortest that fills the bucket at least once.
        var seconds = Math.Max(1, Math.Ceiling(burst / perSecond));
        return new(policy, unit, (long)Math.Max(1, perSecond * seconds), TimeSpan.FromSeconds(seconds), 0, wait);
    }
}
