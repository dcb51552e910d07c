using System.Buffers.Binary;
using System.Security.Cryptography;
using GrainAnalytics.Core.Events;

namespace GrainAnalytics.Core.Text;

/// <summary>UUIDs as UTF-8 text: reading, writing, and version 7 in particular.</summary>
public static class UuidText
{
    /// <summary>Bytes of the 8-4-4-4-12 form.</summary>
    public const int Length = 36;

    /// <summary>Reads the 8-4-4-4-12 form in either case.</summary>
    /// <param name="text">UTF-8 text.</param>
    /// <param name="key">The UUID's bits.</param>
    /// <param name="isCanonical">True when every letter is lower case.</param>
    public static bool TryParse(ReadOnlySpan<byte> text, out EventKey key, out bool isCanonical)
    {
        key = default;
        isCanonical = false;
        if (text.Length != Length || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return false;
        ulong high = 0, low = 0;
        var upper = false;
        for (int i = 0, digits = 0; i < Length; i++)
        {
            if (i is 8 or 13 or 18 or 23) continue;
            var c = text[i];
            int nibble;
            if (c is >= (byte)'0' and <= (byte)'9') nibble = c - '0';
            else if (c is >= (byte)'a' and <= (byte)'f') nibble = c - 'a' + 10;
            else if (c is >= (byte)'A' and <= (byte)'F') { nibble = c - 'A' + 10; upper = true; }
            else return false;
            if (digits++ < 16) high = (high << 4) | (uint)nibble;
            else low = (low << 4) | (uint)nibble;
        }
        key = new EventKey(high, low);
        isCanonical = !upper;
        return true;
    }

    /// <summary>Writes the lower-case 8-4-4-4-12 form, 36 bytes.</summary>
    public static void Write(EventKey key, Span<byte> destination)
    {
        var at = 0;
        for (var digit = 0; digit < 32; digit++)
        {
            if (digit is 8 or 12 or 16 or 20) destination[at++] = (byte)'-';
            var bits = digit < 16 ? key.High >> (60 - 4 * digit) : key.Low >> (60 - 4 * (digit - 16));
            destination[at++] = "0123456789abcdef"u8[(int)(bits & 0xf)];
        }
    }

    /// <summary>Mints a version 7 UUID: 48 bits of Unix milliseconds, then 74 random bits.</summary>
    /// <param name="unixMicroseconds">The time it carries.</param>
    /// <param name="place">0 to 4095: stands in the place of the first 12 random bits, so that of one millisecond's ids one with a higher
    /// place comes later; null: random.</param>
    public static EventKey NewVersion7(long unixMicroseconds, int? place = null)
    {
        Span<byte> random = stackalloc byte[16];
        RandomNumberGenerator.Fill(random);
        var high = ((ulong)(unixMicroseconds / 1000) << 16) | 0x7000
            | (place is { } known ? (uint)known : BinaryPrimitives.ReadUInt64LittleEndian(random)) & 0x0fff;
        var low = (BinaryPrimitives.ReadUInt64LittleEndian(random[8..]) & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000;
        return new EventKey(high, low);
    }

    /// <summary>The time in a version 7 UUID, in Unix microseconds; null for other versions and variants.</summary>
    public static long? TimeOf(EventKey key) =>
        (key.High & 0xf000) == 0x7000 && key.Low >> 62 == 2 ? (long)(key.High >> 16) * 1000 : null;
}
