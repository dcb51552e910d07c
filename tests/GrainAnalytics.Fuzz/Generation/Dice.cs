using System.Numerics;

namespace GrainAnalytics.Fuzz.Generation;

/// <summary>Reproducible randomness (SplitMix64): a seed gives the same numbers on every machine and runtime, which
/// <see cref="Random"/> does not promise.</summary>
internal sealed class Dice
{
    private ulong _state;

    /// <summary>Starts over from a seed.</summary>
    public void Reset(ulong seed) => _state = seed;

    /// <summary>The seed of one case of a run: cases do not depend on each other, so any of them can be made alone.</summary>
    public static ulong SeedOf(ulong run, long number) => Mix(run * 0x9e3779b97f4a7c15 + (ulong)number);

    /// <summary>64 random bits.</summary>
    public ulong Next() => Mix(_state += 0x9e3779b97f4a7c15);

    /// <summary>0 up to, not including, a bound.</summary>
    public int Below(int bound) => (int)((Next() >>> 32) * (ulong)bound >>> 32);

    /// <summary>True once in so many times.</summary>
    public bool OneIn(int times) => Below(times) == 0;

    /// <summary>Mostly small, sometimes as large as allowed: each power of two is as likely as any other.</summary>
    public int Skewed(int most) => Math.Min(most, (int)(Next() & ((1u << Below(BitOperations.Log2((uint)most) + 2)) - 1)));

    /// <summary>One of several.</summary>
    public T Pick<T>(ReadOnlySpan<T> from) => from[Below(from.Length)];

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
}
