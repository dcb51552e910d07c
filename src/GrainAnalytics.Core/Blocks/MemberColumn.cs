using System.Buffers;
using System.Runtime.InteropServices;
using GrainAnalytics.Core.Rollups;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Core.Blocks;

/// <summary>Values of one member of the payload, in the order of a block's events.</summary>
/// <remarks>Packed: texts of the values, in the order of their appearance; then 0 and of each event 0 as the event before, 1 none, from 2 a value; or 1 and of each event that has a value the distance
/// to the last such one and the value: whatever is shorter. Numbers are varints. What never occurs is no bytes.</remarks>
internal sealed class MemberColumn
{
    /// <summary>Most bytes of a packed column, 8 for each event of a full block: a member that takes more there has about as many values as events. Of a block of few events not less,
    /// as these may have about as many different texts.</summary>
    public const int Most = 8 * BlockWriter.MostEvents;

    private const byte Dense = 0, Sparse = 1;

    private readonly Dictionary<Utf8Text, int> _values = new(Utf8TextComparer.Instance);
    private readonly Dictionary<Utf8Text, int>.AlternateLookup<ReadOnlySpan<byte>> _lookup;
    private readonly List<(int Event, int Value)> _places = [];
    private int _textBytes;
    private bool _isTooMuch;

    public MemberColumn() => _lookup = _values.GetAlternateLookup<ReadOnlySpan<byte>>();

    /// <summary>Says that an event has a value, instead of what was said of it before. Empty texts are none.</summary>
    /// <param name="number">The event, not before the last one.</param>
    /// <param name="value">UTF-8.</param>
    public void Set(int number, ReadOnlySpan<byte> value)
    {
        // Of two members with one name the last one is meant.
        if (_places.Count > 0 && _places[^1].Event == number) _places.RemoveAt(_places.Count - 1);
        if (value.IsEmpty || _isTooMuch) return;
        if (!_lookup.TryGetValue(value, out var known))
        {
            _textBytes += value.Length;
            if (value.Length > MemberWriter.LongestValue || _textBytes > Most)
            {
                GiveUp();
                return;
            }
            _values.Add(new Utf8Text(value.ToArray()), known = _values.Count);
        }
        _places.Add((number, known));
    }

    /// <summary>Says that the column cannot be had.</summary>
    public void GiveUp()
    {
        _isTooMuch = true;
        _places.Clear();
        _values.Clear();
    }

    /// <summary>The bytes; null when they are not worth it.</summary>
    /// <param name="events">How many the block has.</param>
    public byte[]? Pack(int events)
    {
        if (_isTooMuch) return null;
        if (_places.Count == 0) return [];
        var to = new ArrayBufferWriter<byte>(_textBytes + events + 64);
        Varint.Write(to, (ulong)_values.Count);
        foreach (var value in _values.Keys)
        {
            Varint.Write(to, (ulong)value.Bytes.Length);
            to.Write(value.Bytes.Span);
        }
        var (dense, sparse) = (DenseCodes(events), SparseCodes());
        to.Write([dense.WrittenCount <= sparse.WrittenCount ? Dense : Sparse]);
        to.Write((dense.WrittenCount <= sparse.WrittenCount ? dense : sparse).WrittenSpan);
        return to.WrittenCount <= Most ? to.WrittenSpan.ToArray() : null;
    }

    /// <summary>Reads a packed column.</summary>
    /// <param name="from">The bytes.</param>
    /// <param name="to">Receives of each event the number of its value; 0: none.</param>
    /// <param name="number">Gives values their numbers.</param>
    public static void Read(ReadOnlySpan<byte> from, Span<int> to, Func<ReadOnlySpan<byte>, int> number)
    {
        to.Clear();
        if (from.IsEmpty) return;
        var known = EventBlock.Checked(Varint.Read(ref from), from.Length);
        var numbers = ArrayPool<int>.Shared.Rent(known + 1);
        for (var i = 0; i < known; i++)
        {
            var length = EventBlock.Checked(Varint.Read(ref from), from.Length);
            numbers[i] = number(from[..length]);
            from = from[length..];
        }
        var form = Varint.Read(ref from);
        if (form == Dense)
        {
            var last = 0;
            for (var i = 0; i < to.Length; i++)
            {
                var code = EventBlock.Number(ref from);
                if (code != 0) last = code == 1 ? 0 : numbers[EventBlock.Checked(code - 2, known - 1)];
                to[i] = last;
            }
        }
        else if (form == Sparse)
        {
            for (var i = -1; !from.IsEmpty;)
            {
                i += EventBlock.Checked(Varint.Read(ref from), to.Length - 1 - i);
                to[i < 0 ? throw new InvalidDataException("A block is damaged.") : i] = numbers[EventBlock.Checked(EventBlock.Number(ref from), known - 1)];
            }
        }
        else throw new InvalidDataException("A member's column is damaged.");
        ArrayPool<int>.Shared.Return(numbers);
    }

    private ArrayBufferWriter<byte> DenseCodes(int events)
    {
        var to = new ArrayBufferWriter<byte>(events + 16);
        for (int i = 0, next = 0, last = -1; i < events; i++)
        {
            var value = next < _places.Count && _places[next].Event == i ? _places[next++].Value : -1;
            Varint.Write(to, value == last && i > 0 ? 0 : (ulong)(value + 2));
            last = value;
        }
        return to;
    }

    private ArrayBufferWriter<byte> SparseCodes()
    {
        var (to, last) = (new ArrayBufferWriter<byte>(_places.Count * 2 + 16), -1);
        foreach (var (number, value) in CollectionsMarshal.AsSpan(_places))
        {
            Varint.Write(to, (ulong)(number - last));
            Varint.Write(to, (ulong)value);
            last = number;
        }
        return to;
    }
}
