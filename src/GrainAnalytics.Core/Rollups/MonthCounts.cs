using System.Buffers;
using System.Runtime.CompilerServices;

namespace GrainAnalytics.Core.Rollups;

/// <summary>A few counts for each day of a month, in one row: 90 days of a value are four rows and not 90.</summary>
/// <remarks>As bytes: for each day that has any, ascending: the day, 1 to 31, and its counts.</remarks>
/// <param name="width">Counts a day.</param>
public sealed class MonthCounts(int width)
{
    private readonly SortedDictionary<int, long[]> _days = [];

    /// <summary>True when nothing is counted.</summary>
    public bool IsEmpty => _days.Count == 0;

    /// <summary>Reads the bytes.</summary>
    /// <exception cref="InvalidDataException">They end too early.</exception>
    public static MonthCounts Read(ReadOnlySpan<byte> bytes, int width)
    {
        var counts = new MonthCounts(width);
        while (!bytes.IsEmpty)
        {
            var day = (int)Varint.Read(ref bytes);
            var values = new long[width];
            for (var i = 0; i < width; i++) values[i] = (long)Varint.Read(ref bytes);
            counts._days[day] = values;
        }
        return counts;
    }

    /// <summary>Adds to the sums the counts of a range of days, straight from the bytes.</summary>
    /// <param name="bytes">As <see cref="ToBytes"/> makes them.</param>
    /// <param name="from">First day of the month, 1 to 31.</param>
    /// <param name="to">Last day, inclusive.</param>
    /// <param name="sums">As many as counts a day.</param>
    public static void Sum(ReadOnlySpan<byte> bytes, int from, int to, Span<long> sums)
    {
        // A site has thousands of pages: a question about 90 days reads a million numbers here.
        for (var at = 0; at < bytes.Length;)
        {
            var day = Next(bytes, ref at);
            var counts = day >= from && day <= to;
            for (var i = 0; i < sums.Length; i++)
            {
                var value = Next(bytes, ref at);
                if (counts) sums[i] += value;
            }
        }
    }

    // Varint.Read without moving a span along.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long Next(ReadOnlySpan<byte> bytes, ref int at)
    {
        var value = 0UL;
        for (var shift = 0; shift < 70 && at < bytes.Length; shift += 7)
        {
            var part = bytes[at++];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80) return (long)value;
        }
        throw new InvalidDataException("A number ends too early.");
    }

    /// <summary>Adds to a day's counts, or takes away.</summary>
    public void Add(int day, ReadOnlySpan<long> values)
    {
        if (!_days.TryGetValue(day, out var known)) _days[day] = known = new long[width];
        var any = false;
        for (var i = 0; i < width; i++) any |= (known[i] += values[i]) != 0;
        if (!any) _days.Remove(day);
    }

    /// <summary>Removes the counts of a day, 1 to 31, and of those behind it.</summary>
    public void Cut(int from)
    {
        foreach (var day in _days.Keys.Where(day => day >= from).ToArray()) _days.Remove(day);
    }

    /// <summary>The bytes that <see cref="Read"/> takes.</summary>
    public byte[] ToBytes()
    {
        var bytes = new ArrayBufferWriter<byte>(16);
        foreach (var (day, values) in _days)
        {
            Varint.Write(bytes, (ulong)day);
            foreach (var value in values) Varint.Write(bytes, (ulong)value);
        }
        return bytes.WrittenSpan.ToArray();
    }
}
