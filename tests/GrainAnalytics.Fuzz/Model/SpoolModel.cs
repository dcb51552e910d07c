using System.Buffers.Binary;
using GrainAnalytics.Core.Events;

namespace GrainAnalytics.Fuzz.Model;

/// <summary>What a file of the spool holds: tries every byte as the beginning of a frame, with a checksum of its own making.</summary>
internal static class SpoolModel
{
    private const int Header = 12, Site = 4, Most = 16 * 1024 * 1024;
    private static readonly uint[] Table = MakeTable();

    /// <summary>Where whole frames begin and end, in order, and where the file ends without what a write left unfinished.</summary>
    public static (List<(int Start, int End)> Frames, int Length) Read(byte[] file, uint salt)
    {
        var frames = new List<(int, int)>();
        var end = 0;
        for (var at = 0; at < file.Length; at++)
        {
            if (SizeAt(file, at, salt) is not { } size) continue;
            frames.Add((at, end = at + size));
            at = end - 1;
        }
        return (frames, IsTorn(file.AsSpan(end)) ? end : file.Length);
    }

    /// <summary>The checksum of a frame: of its length and of what follows its header.</summary>
    public static uint Checksum(ReadOnlySpan<byte> frame, uint salt)
    {
        var checksum = ~salt;
        foreach (var one in frame[4..8]) checksum = Table[(byte)(checksum ^ one)] ^ checksum >> 8;
        foreach (var one in frame[Header..]) checksum = Table[(byte)(checksum ^ one)] ^ checksum >> 8;
        return ~checksum;
    }

    private static int? SizeAt(byte[] file, int at, uint salt)
    {
        var rest = file.AsSpan(at);
        if (!rest.StartsWith("GASP"u8) || rest.Length < Header) return null;
        var length = BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);
        if (length <= Site || length > Most || Header + length > rest.Length) return null;
        var size = Header + (int)length;
        if (Checksum(rest[..size], salt) != BinaryPrimitives.ReadUInt32LittleEndian(rest[8..])) return null;
        return EventEncoder.TryDecode(rest[(Header + Site)..size].ToArray(), out _) ? size : null;
    }

    // All zeros, or the beginning of a frame that says of itself to be longer.
    private static bool IsTorn(ReadOnlySpan<byte> tail)
    {
        if (tail.IndexOfAnyExcept((byte)0) < 0) return true;
        if (tail.Length < Header) return "GASP"u8[..Math.Min(4, tail.Length)].SequenceEqual(tail[..Math.Min(4, tail.Length)]);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(tail[4..]);
        return tail.StartsWith("GASP"u8) && length is > Site and <= Most && Header + length > tail.Length;
    }

    // CRC32C, Castagnoli's polynomial with its bits the other way round.
    private static uint[] MakeTable()
    {
        var table = new uint[256];
        for (uint i = 0; i < 256; i++)
        {
            var value = i;
            for (var bit = 0; bit < 8; bit++) value = (value & 1) != 0 ? value >> 1 ^ 0x82f63b78 : value >> 1;
            table[i] = value;
        }
        return table;
    }
}
