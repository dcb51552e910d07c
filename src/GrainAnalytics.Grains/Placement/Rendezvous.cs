using System.Buffers.Text;
using GrainAnalytics.Core.Events;

namespace GrainAnalytics.Grains.Placement;

/// <summary>Which silo a user's grain belongs to: every silo computes the same from the same list of silos, users spread
/// evenly, and when a silo comes or goes only its own share moves (rendezvous hashing).</summary>
internal static class Rendezvous
{
    private const int LongestKey = 11 + 1 + 4 * 500;     // site id, slash, the longest user id that options allow

    /// <summary>The silo of a grain key.</summary>
    public static SiloAddress Pick(ReadOnlySpan<SiloAddress> silos, ReadOnlySpan<byte> key)
    {
        var hash = Hash(key);
        var best = silos[0];
        var bestWeight = 0ul;
        foreach (var silo in silos)
        {
            var weight = Mix(hash ^ Mix((uint)silo.GetConsistentHashCode()));
            // Equal weights are as good as impossible, but then the order of the list must not decide.
            if (weight < bestWeight || weight == bestWeight && silo.CompareTo(best) > 0) continue;
            (best, bestWeight) = (silo, weight);
        }
        return best;
    }

    /// <summary>The silo of an event's user: the same as for the key that <see cref="UserKey"/> makes.</summary>
    public static SiloAddress Pick(ReadOnlySpan<SiloAddress> silos, int siteId, EncodedEvent of)
    {
        Span<byte> key = stackalloc byte[LongestKey];
        Utf8Formatter.TryFormat(siteId, key, out var length);
        key[length++] = (byte)'/';
        var user = of.UserId.Span;
        user.CopyTo(key[length..]);
        return Pick(silos, key[..(length + user.Length)]);
    }

    /// <summary>Key of a user's grain.</summary>
    public static string UserKey(int siteId, string userId) => $"{siteId}/{userId}";

    // FNV-1a: the keys are short, and Mix spreads what it leaves together.
    private static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = 14695981039346656037ul;
        foreach (var b in bytes) hash = (hash ^ b) * 1099511628211ul;
        return Mix(hash);
    }

    private static ulong Mix(ulong x)
    {
        x = (x ^ x >> 33) * 0xff51afd7ed558ccdul;
        x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53ul;
        return x ^ x >> 33;
    }
}
