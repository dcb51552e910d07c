using System.Numerics;

namespace GrainAnalytics.Cli.Load;

/// <summary>Counts durations in buckets of at most 3 % width, so that an hour of load takes no more memory than a second.</summary>
internal sealed class Latencies
{
    private const int SubBits = 5, Exact = 1 << (SubBits + 1);      // below 64 µs each has a bucket of its own
    private readonly long[] _buckets = new long[(64 - SubBits) << SubBits];
    private long _count, _max;

    /// <summary>Longest duration, exact.</summary>
    public TimeSpan Max => TimeSpan.FromMicroseconds(_max);

    public void Add(TimeSpan duration)
    {
        var value = Math.Max(0, (long)duration.TotalMicroseconds);
        _buckets[BucketOf(value)]++;
        _count++;
        _max = Math.Max(_max, value);
    }

    public void Add(Latencies other)
    {
        for (var i = 0; i < _buckets.Length; i++) _buckets[i] += other._buckets[i];
        _count += other._count;
        _max = Math.Max(_max, other._max);
    }

    /// <summary>Duration that the given share of all durations does not exceed; zero when there are none.</summary>
    /// <param name="share">From 0 to 1, 0.99 for the 99th percentile.</param>
    public TimeSpan Percentile(double share)
    {
        var rank = (long)Math.Ceiling(share * _count);
        for (int i = 0; i < _buckets.Length && rank > 0; i++)
            if ((rank -= _buckets[i]) <= 0) return TimeSpan.FromMicroseconds(Math.Min(_max, UpperEnd(i)));
        return TimeSpan.Zero;
    }

    private static int BucketOf(long value)
    {
        if (value < Exact) return (int)value;
        var shift = BitOperations.Log2((ulong)value) - SubBits;
        return (shift << SubBits) + (int)(value >> shift);
    }

    private static long UpperEnd(int bucket)
    {
        if (bucket < Exact) return bucket;
        var shift = (bucket >> SubBits) - 1;
        return ((((long)bucket & ((1 << SubBits) - 1)) + (1 << SubBits) + 1) << shift) - 1;
    }
}
