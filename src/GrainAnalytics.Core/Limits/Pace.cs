namespace GrainAnalytics.Core.Limits;

/// <summary>How fast tokens come back to a bucket and how many it holds.</summary>
/// <remarks>A bucket is one number: the moment at which it is full again. It fills by itself, so nothing has to run for it, and
/// one whose moment has passed is as good as none.</remarks>
/// <param name="PerSecond">Tokens a second.</param>
/// <param name="Burst">Tokens in a full bucket, at least 1.</param>
/// <param name="Frequency">Units of time a second, as in <see cref="TimeProvider.TimestampFrequency"/>.</param>
public readonly record struct Pace(double PerSecond, double Burst, long Frequency)
{
    /// <summary>Takes tokens when at least one is there: a taker that needs more than there are gets them too, and the bucket
    /// owes them. So a batch of any size passes in the end, and the mean is kept.</summary>
    /// <param name="fullAt">The bucket.</param>
    /// <param name="now">Timestamp.</param>
    /// <param name="tokens">How many; 0 only looks.</param>
    /// <returns>The bucket after it; null when not even one token is there.</returns>
    public long? Take(long fullAt, long now, long tokens)
    {
        var from = Math.Max(fullAt, now);
        return UntilOne(fullAt, now) > 0 ? null : from + (long)Math.Ceiling(tokens * Frequency / PerSecond);
    }

    /// <summary>The bucket after tokens came back that were taken in vain.</summary>
    public long Return(long fullAt, long tokens) => fullAt - (long)(tokens * Frequency / PerSecond);

    /// <summary>Units of time until a token is there; 0 when one is.</summary>
    public long UntilOne(long fullAt, long now) => Math.Max(0, fullAt - now - (long)((Burst - 1) * Frequency / PerSecond));
}
