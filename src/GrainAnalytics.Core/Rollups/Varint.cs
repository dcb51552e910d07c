using System.Buffers;

namespace GrainAnalytics.Core.Rollups;

/// <summary>Whole numbers in as few bytes as they need, seven bits a byte, lowest first.</summary>
internal static class Varint
{
    /// <summary>Most bytes of a number.</summary>
    public const int MaxLength = 10;

    public static void Write(IBufferWriter<byte> to, ulong value)
    {
        var span = to.GetSpan(MaxLength);
        var n = 0;
        while (value >= 0x80)
        {
            span[n++] = (byte)(value | 0x80);
            value >>= 7;
        }
        span[n++] = (byte)value;
        to.Advance(n);
    }

    /// <summary>Small numbers of either sign in few bytes.</summary>
    public static void WriteSigned(IBufferWriter<byte> to, long value) => Write(to, (ulong)((value << 1) ^ (value >> 63)));

    /// <summary>Reads and moves on.</summary>
    /// <exception cref="InvalidDataException">The bytes end inside a number.</exception>
    public static ulong Read(ref ReadOnlySpan<byte> from)
    {
        ulong value = 0;
        for (var i = 0; i < MaxLength && i < from.Length; i++)
        {
            value |= (ulong)(from[i] & 0x7f) << (7 * i);
            if (from[i] >= 0x80) continue;
            from = from[(i + 1)..];
            return value;
        }
        throw new InvalidDataException("A number ends too early.");
    }

    public static long ReadSigned(ref ReadOnlySpan<byte> from)
    {
        var value = Read(ref from);
        return (long)(value >> 1) ^ -(long)(value & 1);
    }
}
