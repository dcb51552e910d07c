using System.Buffers.Binary;
using System.Buffers.Text;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Core.Exports;

/// <summary>A place in the order of an export.</summary>
/// <param name="OccurredAt">Unix microseconds.</param>
/// <param name="Key">Decides between equal times.</param>
public readonly record struct ExportPosition(long OccurredAt, EventKey Key)
{
    private const int Size = 24;

    /// <summary>The place as the opaque cursor that clients send back: 32 characters.</summary>
    public string ToCursor()
    {
        Span<byte> bytes = stackalloc byte[Size];
        BinaryPrimitives.WriteInt64BigEndian(bytes, OccurredAt);
        Key.ToGuid().TryWriteBytes(bytes[8..], bigEndian: true, out _);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Reads a cursor; false for anything that <see cref="ToCursor"/> did not write.</summary>
    public static bool TryParseCursor(string cursor, out ExportPosition position)
    {
        position = default;
        if (cursor.Length != Size / 3 * 4 || !Base64Url.IsValid(cursor)) return false;
        var bytes = Base64Url.DecodeFromChars(cursor);
        if (bytes.Length != Size) return false;
        var time = BinaryPrimitives.ReadInt64BigEndian(bytes);
        if (time < 0 || !Instant.IsDateTime(time)) return false;
        position = new ExportPosition(time, EventKey.FromGuid(new Guid(bytes.AsSpan(8), bigEndian: true)));
        return true;
    }
}
