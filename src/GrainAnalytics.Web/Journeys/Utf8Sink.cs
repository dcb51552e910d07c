using System.Buffers;

namespace GrainAnalytics.Web.Journeys;

/// <summary>Fills a pipe's or a buffer's own memory piece by piece, without a lock and a call for each of them.</summary>
internal ref struct Utf8Sink(IBufferWriter<byte> pipe)
{
    private Span<byte> _free;
    private int _used;

    /// <summary>Bytes written through this sink.</summary>
    public long Written { get; private set; }

    /// <summary>Copies bytes into it.</summary>
    public void Write(scoped ReadOnlySpan<byte> bytes)
    {
        Written += bytes.Length;
        while (!bytes.TryCopyTo(_free[_used..]))
        {
            var part = _free.Length - _used;
            bytes[..part].CopyTo(_free[_used..]);
            bytes = bytes[part..];
            if (_free.Length > 0) pipe.Advance(_free.Length);
            _free = pipe.GetSpan();
            _used = 0;
        }
        _used += bytes.Length;
    }

    /// <summary>Hands the last bytes over; call it once, at the end.</summary>
    public void Complete()
    {
        if (_used > 0) pipe.Advance(_used);
    }
}
