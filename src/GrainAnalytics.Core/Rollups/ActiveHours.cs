using System.Buffers;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Core.Rollups;

/// <summary>The local hours in which a user was active, ascending: what days, weeks, months and retention follow from.</summary>
/// <remarks>An hour is the instant at which it begins. As bytes: differences in steps of half a minute, so that an hour after an hour is one byte.</remarks>
public sealed class ActiveHours
{
    private const long Step = 30 * Instant.Second;

    private readonly List<long> _hours = [];

    /// <summary>Starts of the hours, Unix microseconds.</summary>
    public IReadOnlyList<long> Starts => _hours;

    /// <summary>Reads the bytes.</summary>
    /// <exception cref="InvalidDataException">They end too early.</exception>
    public static ActiveHours Read(ReadOnlySpan<byte> bytes)
    {
        var hours = new ActiveHours();
        var last = 0L;
        while (!bytes.IsEmpty)
        {
            last += Varint.ReadSigned(ref bytes);
            hours._hours.Add(last * Step);
        }
        return hours;
    }

    /// <summary>Those that begin before an instant.</summary>
    public ActiveHours Before(long instant)
    {
        var hours = new ActiveHours();
        foreach (var hour in _hours)
            if (hour < instant) hours._hours.Add(hour);
        return hours;
    }

    /// <summary>Adds an hour.</summary>
    /// <param name="start">Its start, a whole number of half minutes.</param>
    /// <returns>Its place among them, from 0; -1 when it was there.</returns>
    public int Add(long start)
    {
        if (_hours.Count == 0 || _hours[^1] < start)
        {
            _hours.Add(start);
            return _hours.Count - 1;
        }
        var at = _hours.BinarySearch(start);
        if (at >= 0) return -1;
        _hours.Insert(~at, start);
        return ~at;
    }

    /// <summary>The bytes that <see cref="Read"/> takes.</summary>
    public byte[] ToBytes()
    {
        var bytes = new ArrayBufferWriter<byte>(16 + _hours.Count);
        var last = 0L;
        foreach (var hour in _hours)
        {
            Varint.WriteSigned(bytes, hour / Step - last);
            last = hour / Step;
        }
        return bytes.WrittenSpan.ToArray();
    }
}
