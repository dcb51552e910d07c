using System.Buffers;

namespace GrainAnalytics.Core.Rollups;

/// <summary>How many sessions lasted how many whole seconds: median and other quantiles are exact to the second.</summary>
/// <remarks>As bytes: for each length that occurs, ascending, the difference to the one before and the number of sessions.</remarks>
public sealed class Durations
{
    private readonly SortedDictionary<int, long> _counts = [];

    /// <summary>Reads the bytes.</summary>
    /// <exception cref="InvalidDataException">They end too early.</exception>
    public static Durations Read(ReadOnlySpan<byte> bytes)
    {
        var durations = new Durations();
        durations.Merge(bytes);
        return durations;
    }

    /// <summary>Sessions.</summary>
    public long Count
    {
        get
        {
            var n = 0L;
            foreach (var count in _counts.Values) n += count;
            return n;
        }
    }

    /// <summary>Adds what the bytes have.</summary>
    public void Merge(ReadOnlySpan<byte> bytes)
    {
        var seconds = 0;
        while (!bytes.IsEmpty)
        {
            seconds += (int)Varint.Read(ref bytes);
            Add(seconds, (long)Varint.Read(ref bytes));
        }
    }

    /// <summary>Adds sessions of a length; a negative number takes them away.</summary>
    public void Add(int seconds, long sessions)
    {
        _counts.TryGetValue(seconds, out var known);
        if (known + sessions == 0) _counts.Remove(seconds);
        else _counts[seconds] = known + sessions;
    }

    /// <summary>The shortest length that is not exceeded by a share of the sessions (nearest rank); null without sessions.</summary>
    /// <param name="share">Above 0, at most 1; 0.5 is the median.</param>
    public int? Quantile(double share)
    {
        var rank = Math.Max(1, (long)Math.Ceiling(share * Count));
        foreach (var (seconds, count) in _counts)
            if ((rank -= count) <= 0) return seconds;
        return null;
    }

    /// <summary>The bytes that <see cref="Read"/> takes.</summary>
    public byte[] ToBytes()
    {
        var bytes = new ArrayBufferWriter<byte>(3 * _counts.Count + 16);
        var last = 0;
        foreach (var (seconds, count) in _counts)
        {
            Varint.Write(bytes, (ulong)(seconds - last));
            Varint.Write(bytes, (ulong)count);
            last = seconds;
        }
        return bytes.WrittenSpan.ToArray();
    }
}
