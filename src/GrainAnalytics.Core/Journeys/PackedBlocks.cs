using GrainAnalytics.Core.Events;

namespace GrainAnalytics.Core.Journeys;

/// <summary>Copies of event blocks side by side in a few arrays.</summary>
/// <remarks>
/// A long-lived object that is handed a new object for every event makes each young collection visit it; with 50,000 users
/// in memory that was most of a collection's pause. Bytes copied into an array that exists cost the collector nothing.
/// Blocks are only ever appended, and arrays outlive their replacement as long as a reader holds an event of theirs.
/// </remarks>
internal struct PackedBlocks
{
    // A place is the array's number and the offset in it, 16 bits each; arrays of this size are also no large objects yet.
    private const int ArraySize = 1 << 16;

    private byte[][]? _full;
    private byte[]? _last;
    private int _used, _size;

    /// <summary>Bytes of all blocks added.</summary>
    public readonly int Size => _size;

    /// <summary>Makes room ahead, so that the next blocks of so many bytes in all are copied once.</summary>
    public void Reserve(int bytes)
    {
        if (_last is null && bytes > 0) _last = GC.AllocateUninitializedArray<byte>(Math.Min(bytes, ArraySize));
    }

    /// <summary>Copies an event's block, without its facts: lookups show none.</summary>
    /// <returns>Where it stands.</returns>
    public uint Add(EncodedEvent value)
    {
        var size = value.SizeWithoutFacts;
        if (_last is null || _last.Length - _used < size) Grow(size);
        value.CopyWithoutFacts(_last.AsSpan(_used));
        var place = (uint)(_full?.Length ?? 0) << 16 | (uint)_used;
        _used += size;
        _size += size;
        return place;
    }

    /// <summary>The event at a place that <see cref="Add"/> returned.</summary>
    public readonly EncodedEvent this[uint place]
    {
        get
        {
            var number = (int)(place >> 16);
            return new EncodedEvent(_full is not null && number < _full.Length ? _full[number] : _last!, (int)(place & 0xffff));
        }
    }

    private void Grow(int block)
    {
        var needed = _used + block;
        if (_last is not null && needed > ArraySize)
        {
            _full = [.. _full ?? [], _last];
            (_last, _used) = (GC.AllocateUninitializedArray<byte>(Math.Max(block, ArraySize / 4)), 0);
            return;
        }
        var grown = GC.AllocateUninitializedArray<byte>(_last is null ? block : Math.Min(ArraySize, needed + needed / 4));
        _last.AsSpan(0, _used).CopyTo(grown);
        _last = grown;
    }
}
