using System.Collections.Concurrent;

namespace GrainAnalytics.Core.Enrichment;

/// <summary>Remembers what was made of keys, so that it is made once while a key is in use.</summary>
/// <remarks>Two generations: when the young one is full it becomes the old one, and what was old and not asked for since is let go.
/// Nobody's keys can make it larger, and a key that is in use is never forgotten for long.</remarks>
/// <param name="capacity">Keys in a generation.</param>
/// <param name="make">Makes the value of a key.</param>
internal sealed class RecentCache<TKey, TValue>(int capacity, Func<TKey, TValue> make) where TKey : notnull
{
    private ConcurrentDictionary<TKey, TValue> _young = new(), _old = new();
    private int _added;

    /// <summary>Keys that are remembered.</summary>
    public int Count => Volatile.Read(ref _young).Count + Volatile.Read(ref _old).Count;

    /// <summary>The value of a key.</summary>
    public TValue Of(TKey key)
    {
        var young = Volatile.Read(ref _young);
        if (young.TryGetValue(key, out var known)) return known;
        if (!Volatile.Read(ref _old).TryGetValue(key, out known)) known = make(key);
        if (!young.TryAdd(key, known) || Interlocked.Increment(ref _added) < capacity) return known;
        // Whoever fills it turns the generations; who is late adds to the old one, a few more than its capacity at most.
        if (Interlocked.CompareExchange(ref _young, new(), young) != young) return known;
        Volatile.Write(ref _old, young);
        Volatile.Write(ref _added, 0);
        return known;
    }
}
