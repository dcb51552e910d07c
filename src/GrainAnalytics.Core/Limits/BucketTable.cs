using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace GrainAnalytics.Core.Limits;

/// <summary>A bucket of tokens for each of many takers, in bounded memory: a taker whose bucket is full again needs none.</summary>
/// <remarks>When more takers than fit are busy at the same time, those that find no place are not limited: refusing them would
/// let whoever has many addresses lock everybody else out.</remarks>
public sealed class BucketTable<TKey> where TKey : notnull
{
    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(30), SweepEveryWhenCrowded = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<TKey, StrongBox<long>> _buckets;
    private readonly Pace _pace;
    private readonly int _most;
    private readonly TimeProvider _time;
    private int _count;
    private long _sweptAt;

    /// <summary>Makes a table.</summary>
    /// <param name="perSecond">Tokens that come back a second, above 0.</param>
    /// <param name="burst">Tokens in a full bucket, at least 1.</param>
    /// <param name="most">Most buckets.</param>
    /// <param name="time">The clock.</param>
    /// <param name="keys">Compares takers.</param>
    public BucketTable(double perSecond, double burst, int most, TimeProvider time, IEqualityComparer<TKey>? keys = null)
    {
        _pace = new Pace(perSecond, burst, time.TimestampFrequency);
        (_most, _time, _sweptAt) = (most, time, time.GetTimestamp());
        _buckets = new(keys);
    }

    /// <summary>Buckets in memory.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Takes tokens; see <see cref="Pace.Take"/>.</summary>
    /// <param name="key">Who takes.</param>
    /// <param name="tokens">How many; 0 only looks.</param>
    /// <param name="wait">When refused: the time until a token is there.</param>
    public bool TryTake(TKey key, long tokens, out TimeSpan wait)
    {
        wait = default;
        var now = _time.GetTimestamp();
        if (!_buckets.TryGetValue(key, out var bucket))
        {
            if (tokens == 0) return true;
            bucket = Add(key, now);
            if (bucket is null) return true;
        }
        while (true)
        {
            var fullAt = Volatile.Read(ref bucket.Value);
            if (_pace.Take(fullAt, now, tokens) is not { } after)
            {
                wait = TimeSpan.FromSeconds((double)_pace.UntilOne(fullAt, now) / _time.TimestampFrequency);
                return false;
            }
            if (tokens == 0 || Interlocked.CompareExchange(ref bucket.Value, after, fullAt) == fullAt) return true;
        }
    }

    /// <summary>Gives tokens back that were taken in vain.</summary>
    public void Return(TKey key, long tokens)
    {
        if (!_buckets.TryGetValue(key, out var bucket)) return;
        while (true)
        {
            var fullAt = Volatile.Read(ref bucket.Value);
            if (Interlocked.CompareExchange(ref bucket.Value, _pace.Return(fullAt, tokens), fullAt) == fullAt) return;
        }
    }

    private StrongBox<long>? Add(TKey key, long now)
    {
        var isCrowded = Count >= _most;
        var swept = Volatile.Read(ref _sweptAt);
        // One sweeps, and a crowd does not make everybody look through all of them with every request.
        if (_time.GetElapsedTime(swept, now) >= (isCrowded ? SweepEveryWhenCrowded : SweepEvery)
            && Interlocked.CompareExchange(ref _sweptAt, now, swept) == swept) Sweep(now);
        if (Count >= _most) return null;
        var added = new StrongBox<long>(now);
        var bucket = _buckets.GetOrAdd(key, added);
        if (bucket == added) Interlocked.Increment(ref _count);
        return bucket;
    }

    // A taker that comes in between at worst starts with a full bucket once more.
    private void Sweep(long now)
    {
        foreach (var pair in _buckets)
            if (Volatile.Read(ref pair.Value.Value) <= now && _buckets.TryRemove(pair)) Interlocked.Decrement(ref _count);
    }
}
