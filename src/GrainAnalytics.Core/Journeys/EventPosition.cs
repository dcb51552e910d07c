using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Core.Journeys;

/// <summary>A place in the order of a journey: occurredAt, then the event id's bytes.</summary>
/// <param name="OccurredAt">Unix microseconds.</param>
/// <param name="EventId">The id as the sender wrote it.</param>
public readonly record struct EventPosition(long OccurredAt, string EventId)
{
    /// <summary>The place of an event.</summary>
    public static EventPosition Of(EncodedEvent value) => new(value.OccurredAt, value.IdText);

    /// <summary>Negative when the event lies before this place in time (so behind it in a journey), 0 when it is it.</summary>
    public int CompareEvent(EncodedEvent value)
    {
        var time = value.OccurredAt.CompareTo(OccurredAt);
        if (time != 0) return time;
        Span<byte> mine = stackalloc byte[4 * 1024], theirs = stackalloc byte[UuidText.Length];
        return value.IdSpan(theirs).SequenceCompareTo(mine[..Encoding.UTF8.GetBytes(EventId, mine)]);
    }

    /// <summary>The order of two events in time, equal times by id.</summary>
    public static int Compare(EncodedEvent left, EncodedEvent right)
    {
        var time = left.OccurredAt.CompareTo(right.OccurredAt);
        if (time != 0) return time;
        Span<byte> a = stackalloc byte[UuidText.Length], b = stackalloc byte[UuidText.Length];
        return left.IdSpan(a).SequenceCompareTo(right.IdSpan(b));
    }

    /// <summary>The place as the opaque cursor that clients send back.</summary>
    public string ToCursor()
    {
        var bytes = new byte[8 + Encoding.UTF8.GetByteCount(EventId)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, OccurredAt);
        Encoding.UTF8.GetBytes(EventId, bytes.AsSpan(8));
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Reads a cursor; false for anything that <see cref="ToCursor"/> did not write.</summary>
    public static bool TryParseCursor(string cursor, out EventPosition position)
    {
        position = default;
        if (cursor.Length > 3000 || !Base64Url.IsValid(cursor)) return false;
        var bytes = Base64Url.DecodeFromChars(cursor);
        if (bytes.Length < 9 || !System.Text.Unicode.Utf8.IsValid(bytes.AsSpan(8)) || bytes.AsSpan(8).Contains((byte)0)) return false;
        var time = BinaryPrimitives.ReadInt64BigEndian(bytes);
        // Stored events lie in this range; PostgreSQL's own ends far earlier than a 64-bit number's.
        if (time < -Instant.Day || time > 10_000 * 366 * Instant.Day / 2) return false;
        position = new EventPosition(time, Encoding.UTF8.GetString(bytes.AsSpan(8)));
        return position.EventId.Length <= 1000;
    }
}
