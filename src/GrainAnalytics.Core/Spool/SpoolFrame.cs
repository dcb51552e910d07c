using System.Buffers.Binary;
using System.Numerics;
using GrainAnalytics.Core.Events;

namespace GrainAnalytics.Core.Spool;

/// <summary>An event as it stands in a file of the spool.</summary>
/// <remarks>Little-endian: 0 "GASP" · 4 length of what follows the header u32 · 8 CRC32C of length and rest u32 · 12 number of the
/// site i32 · 16 the event's block. The checksum begins with the file's salt: a sender who puts a frame into a payload cannot
/// make it pass for one of the spool's own, should the event around it ever be damaged.</remarks>
internal static class SpoolFrame
{
    public const int HeaderSize = 12;
    private const int SiteSize = 4, MostBytes = 16 * 1024 * 1024;
    private static readonly uint Magic = BinaryPrimitives.ReadUInt32LittleEndian("GASP"u8);

    /// <summary>Bytes that an event takes.</summary>
    public static int SizeOf(EncodedEvent value) => HeaderSize + SiteSize + value.Size;

    /// <summary>Writes an event.</summary>
    public static void Write(Span<byte> to, uint salt, int siteId, EncodedEvent value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(to, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(to[4..], SiteSize + value.Size);
        BinaryPrimitives.WriteInt32LittleEndian(to[HeaderSize..], siteId);
        value.Block.Span.CopyTo(to[(HeaderSize + SiteSize)..]);
        BinaryPrimitives.WriteUInt32LittleEndian(to[8..], Checksum(to[..SizeOf(value)], salt));
    }

    /// <summary>Reads the event that begins somewhere.</summary>
    /// <param name="file">Holds the event; it is not copied, so nothing in it may change afterwards.</param>
    /// <param name="length">Bytes of the file that count.</param>
    /// <param name="at">Where it begins.</param>
    /// <param name="salt">The file's salt.</param>
    /// <param name="record">The event.</param>
    /// <returns>False when no whole and undamaged event begins there.</returns>
    public static bool TryRead(byte[] file, int length, int at, uint salt, out SpoolRecord record)
    {
        record = default;
        var rest = file.AsSpan(at, length - at);
        if (!BeginsAt(rest) || DeclaredSize(rest) is not { } size || size > rest.Length) return false;
        if (Checksum(rest[..size], salt) != BinaryPrimitives.ReadUInt32LittleEndian(rest[8..])) return false;
        if (!EventEncoder.TryDecode(file, at + HeaderSize + SiteSize, out var value) || SizeOf(value) != size) return false;
        record = new SpoolRecord(at, BinaryPrimitives.ReadInt32LittleEndian(rest[HeaderSize..]), value);
        return true;
    }

    /// <summary>The next place where a whole and undamaged event begins; -1 when there is none.</summary>
    public static int FindNext(byte[] file, int length, int from, uint salt)
    {
        while (from < length)
        {
            var found = file.AsSpan(from, length - from).IndexOf("GASP"u8);
            if (found < 0) return -1;
            from += found;
            if (TryRead(file, length, from, salt, out _)) return from;
            from++;
        }
        return -1;
    }

    /// <summary>True when bytes at a file's end are what a write leaves that did not come to its end.</summary>
    public static bool IsTorn(ReadOnlySpan<byte> tail)
    {
        if (!tail.ContainsAnyExcept((byte)0)) return true;
        if (tail.Length < HeaderSize) return "GASP"u8.StartsWith(tail[..Math.Min(4, tail.Length)]);
        return BeginsAt(tail) && DeclaredSize(tail) > tail.Length;
    }

    private static bool BeginsAt(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= HeaderSize && BinaryPrimitives.ReadUInt32LittleEndian(bytes) == Magic;

    private static int? DeclaredSize(ReadOnlySpan<byte> bytes)
    {
        var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
        return length is > SiteSize and <= MostBytes ? HeaderSize + (int)length : null;
    }

    private static uint Checksum(ReadOnlySpan<byte> frame, uint salt)
    {
        var crc = BitOperations.Crc32C(~salt, BinaryPrimitives.ReadUInt32LittleEndian(frame[4..]));
        var rest = frame[HeaderSize..];
        for (; rest.Length >= 8; rest = rest[8..]) crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(rest));
        foreach (var single in rest) crc = BitOperations.Crc32C(crc, single);
        return ~crc;
    }
}

/// <summary>An event in a file of the spool.</summary>
/// <param name="Offset">Where its frame begins.</param>
/// <param name="SiteId">Number of its site.</param>
/// <param name="Event">The event.</param>
public readonly record struct SpoolRecord(int Offset, int SiteId, EncodedEvent Event);
