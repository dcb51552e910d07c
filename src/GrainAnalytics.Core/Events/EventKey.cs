using System.Buffers.Binary;
using System.Security.Cryptography;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Core.Events;

/// <summary>What decides whether two events are the same: the sender's event id as 128 bits.</summary>
/// <param name="High">The first eight bytes, big-endian.</param>
/// <param name="Low">The last eight bytes, big-endian.</param>
public readonly record struct EventKey(ulong High, ulong Low) : IComparable<EventKey>
{
    /// <summary>Bytes of a key.</summary>
    public const int Size = 16;

    /// <summary>Key of an id: the UUID's own bits if it is one in the 8-4-4-4-12 form (either case), else the first
    /// 128 bits of the id's SHA-256, which no sender can make collide.</summary>
    /// <param name="id">UTF-8 bytes of the id.</param>
    /// <param name="isCanonicalUuid">True when the id is exactly the lower-case text of the key, so that the text need
    /// not be kept.</param>
    public static EventKey Of(ReadOnlySpan<byte> id, out bool isCanonicalUuid)
    {
        if (UuidText.TryParse(id, out var key, out isCanonicalUuid)) return key;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(id, hash);
        return Read(hash);
    }

    /// <summary>Reads a key from 16 bytes.</summary>
    public static EventKey Read(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));

    /// <summary>Writes the key as 16 bytes.</summary>
    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, High);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], Low);
    }

    /// <summary>The key as the UUID that PostgreSQL stores.</summary>
    public Guid ToGuid()
    {
        Span<byte> bytes = stackalloc byte[Size];
        Write(bytes);
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>The key that PostgreSQL stored as a UUID.</summary>
    public static EventKey FromGuid(Guid value)
    {
        Span<byte> bytes = stackalloc byte[Size];
        value.TryWriteBytes(bytes, bigEndian: true, out _);
        return Read(bytes);
    }

    /// <summary>Order of the bytes, which is PostgreSQL's order of UUIDs: every writer locks keys in this order.</summary>
    public int CompareTo(EventKey other)
    {
        var high = High.CompareTo(other.High);
        return high != 0 ? high : Low.CompareTo(other.Low);
    }

    /// <inheritdoc/>
    // HashCode is seeded per process, so that chosen ids cannot fill one bucket of a table.
    public override int GetHashCode() => HashCode.Combine(High, Low);
}
