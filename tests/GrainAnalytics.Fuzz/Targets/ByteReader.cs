using System.Buffers.Binary;

namespace GrainAnalytics.Fuzz.Targets;

/// <summary>Takes an input apart; behind its end there are zeros and empty pieces, so that any bytes are an input.</summary>
internal ref struct ByteReader(ReadOnlySpan<byte> input)
{
    private ReadOnlySpan<byte> _left = input;

    public readonly ReadOnlySpan<byte> Left => _left;

    public byte Byte() => Take(1) is [var value] ? value : (byte)0;

    public ushort UInt16()
    {
        Span<byte> value = stackalloc byte[2];
        Take(2).CopyTo(value);
        return BinaryPrimitives.ReadUInt16LittleEndian(value);
    }

    public long Int64()
    {
        Span<byte> value = stackalloc byte[8];
        Take(8).CopyTo(value);
        return BinaryPrimitives.ReadInt64LittleEndian(value);
    }

    public ReadOnlySpan<byte> Take(int length)
    {
        var taken = _left[..Math.Min(length, _left.Length)];
        _left = _left[taken.Length..];
        return taken;
    }
}
