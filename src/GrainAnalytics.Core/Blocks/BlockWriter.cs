using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using GrainAnalytics.Core.Rollups;

namespace GrainAnalytics.Core.Blocks;

/// <summary>Packs events of a span of time, sorted by person and then by time, column by column.</summary>
/// <remarks>Version 3: version u8 · events · persons · 1 if times are whole milliseconds; then columns, each behind its length in bytes. Persons: difference to the one
/// before (the first: 8 bytes) and number of events. Types: texts, then a number each. Times: the earliest; then of a person's first event the difference to that, of others
/// to the event before. Sessions: 0 none, 1 as the event before, 2 a new one, whose 8 bytes follow, from 3 the person's sessions in the order of appearance. Contexts (8 bytes each) and
/// paths (texts): those that occur, then of each event 0 as the event before, 1 none, from 2 a number. Engaged milliseconds: of events that have any the distance to the last such one and the
/// number. Numbers are varints. Members of the payload are not of these bytes: <see cref="MemberColumn"/>.</remarks>
public sealed class BlockWriter
{
    /// <summary>Number of the format.</summary>
    public const byte Version = 3;

    /// <summary>Most events of a block. More share texts better; a reader holds a block of each day in memory.</summary>
    public const int MostEvents = 32_768;

    private const long Milli = 1000;

    private readonly List<BlockEvent> _events = [];
    private readonly MemberWriter _members = new();

    /// <summary>Events so far.</summary>
    public int Count => _events.Count;

    /// <summary>Adds an event.</summary>
    /// <param name="value">The event.</param>
    /// <param name="payload">Its payload, JSON in UTF-8; empty: none is kept.</param>
    /// <exception cref="ArgumentException">It does not come behind the last one.</exception>
    public void Add(in BlockEvent value, ReadOnlySpan<byte> payload = default)
    {
        if (_events.Count > 0 && _events[^1] is var last && (value.Person < last.Person || value.Person == last.Person && value.At < last.At))
            throw new ArgumentException("Events come in the order of persons and times.", nameof(value));
        if (!payload.IsEmpty) _members.Add(_events.Count, payload);
        _events.Add(value);
    }

    /// <summary>Says what the last event has of a member that the block is made for.</summary>
    public void SetMember(string name, string? value) => _members.Set(_events.Count - 1, name, value);

    /// <summary>The block, of at least one event; the next one starts empty.</summary>
    public PackedBlock Take()
    {
        var events = CollectionsMarshal.AsSpan(_events);
        var isMilli = true;
        var earliest = long.MaxValue;
        foreach (ref readonly var value in events)
        {
            isMilli &= value.At % Milli == 0;
            earliest = Math.Min(earliest, value.At);
        }
        var to = new ArrayBufferWriter<byte>(events.Length * 16 + 64);
        to.GetSpan(1)[0] = Version;
        to.Advance(1);
        var (persons, count) = Persons(events);
        Varint.Write(to, (ulong)events.Length);
        Varint.Write(to, (ulong)count);
        Varint.Write(to, isMilli ? 1UL : 0);
        Append(to, persons);
        Append(to, Types(events));
        Append(to, Times(events, earliest, isMilli ? Milli : 1));
        Append(to, Sessions(events));
        Append(to, Contexts(events));
        Append(to, Paths(events));
        Append(to, Engaged(events));
        var packed = new PackedBlock(events[0].Person, events.Length, to.WrittenSpan.ToArray(), _members.Take(events.Length));
        _events.Clear();
        return packed;
    }

    private static (ArrayBufferWriter<byte> Bytes, int Count) Persons(ReadOnlySpan<BlockEvent> events)
    {
        var to = new ArrayBufferWriter<byte>();
        var count = 0;
        for (int i = 0, end; i < events.Length; i = end, count++)
        {
            for (end = i + 1; end < events.Length && events[end].Person == events[i].Person;) end++;
            if (i == 0) Fixed(to, events[0].Person);
            else Varint.Write(to, unchecked((ulong)(events[i].Person - events[i - 1].Person)));
            Varint.Write(to, (ulong)(end - i));
        }
        return (to, count);
    }

    private static ArrayBufferWriter<byte> Types(ReadOnlySpan<BlockEvent> events)
    {
        var (codes, texts) = (new ArrayBufferWriter<byte>(events.Length), new Dictionary<string, int>(StringComparer.Ordinal));
        foreach (ref readonly var value in events) Varint.Write(codes, (ulong)NumberOf(texts, value.Type));
        return WithTexts(texts, codes);
    }

    private static ArrayBufferWriter<byte> Times(ReadOnlySpan<BlockEvent> events, long earliest, long unit)
    {
        var to = new ArrayBufferWriter<byte>(events.Length * 4);
        Varint.WriteSigned(to, earliest / unit);
        for (var i = 0; i < events.Length; i++)
            Varint.Write(to, (ulong)((events[i].At - (IsFirst(events, i) ? earliest : events[i - 1].At)) / unit));
        return to;
    }

    private static ArrayBufferWriter<byte> Sessions(ReadOnlySpan<BlockEvent> events)
    {
        var (to, known) = (new ArrayBufferWriter<byte>(events.Length * 4), new Dictionary<long, int>());
        for (var i = 0; i < events.Length; i++)
        {
            if (IsFirst(events, i)) known.Clear();
            var session = events[i].Session;
            if (session == 0) Varint.Write(to, 0);
            else if (!IsFirst(events, i) && events[i - 1].Session == session) Varint.Write(to, 1);
            else if (known.TryGetValue(session, out var number)) Varint.Write(to, (ulong)number + 3);
            else
            {
                known.Add(session, known.Count);
                Varint.Write(to, 2);
                Fixed(to, session);
            }
        }
        return to;
    }

    private static ArrayBufferWriter<byte> Contexts(ReadOnlySpan<BlockEvent> events)
    {
        var (codes, known) = (new ArrayBufferWriter<byte>(events.Length), new Dictionary<long, int>());
        for (var i = 0; i < events.Length; i++)
            if (i > 0 && events[i].Context == events[i - 1].Context) Varint.Write(codes, 0);
            else if (events[i].Context is not { } context) Varint.Write(codes, 1);
            else Varint.Write(codes, (ulong)NumberOf(known, context) + 2);
        var to = new ArrayBufferWriter<byte>(codes.WrittenCount + known.Count * 8 + Varint.MaxLength);
        Varint.Write(to, (ulong)known.Count);
        foreach (var context in known.Keys) Fixed(to, context);
        to.Write(codes.WrittenSpan);
        return to;
    }

    private static ArrayBufferWriter<byte> Paths(ReadOnlySpan<BlockEvent> events)
    {
        var (codes, texts) = (new ArrayBufferWriter<byte>(events.Length * 2), new Dictionary<string, int>(StringComparer.Ordinal));
        for (var i = 0; i < events.Length; i++)
            if (i > 0 && events[i].Path == events[i - 1].Path) Varint.Write(codes, 0);
            else if (events[i].Path.Length == 0) Varint.Write(codes, 1);
            else Varint.Write(codes, (ulong)NumberOf(texts, events[i].Path) + 2);
        return WithTexts(texts, codes);
    }

    private static ArrayBufferWriter<byte> Engaged(ReadOnlySpan<BlockEvent> events)
    {
        var to = new ArrayBufferWriter<byte>();
        for (int i = 0, last = -1; i < events.Length; i++)
        {
            if (events[i].EngagedMs == 0) continue;
            Varint.Write(to, (ulong)(i - last));
            Varint.WriteSigned(to, events[i].EngagedMs);
            last = i;
        }
        return to;
    }

    private static bool IsFirst(ReadOnlySpan<BlockEvent> events, int i) => i == 0 || events[i].Person != events[i - 1].Person;

    private static int NumberOf<T>(Dictionary<T, int> known, T value) where T : notnull
    {
        ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(known, value, out var isKnown);
        if (!isKnown) number = known.Count - 1;
        return number;
    }

    // A dictionary that nothing is taken from keeps the order in which keys were added.
    private static ArrayBufferWriter<byte> WithTexts(Dictionary<string, int> texts, ArrayBufferWriter<byte> codes)
    {
        var to = new ArrayBufferWriter<byte>(codes.WrittenCount + texts.Count * 16 + Varint.MaxLength);
        Varint.Write(to, (ulong)texts.Count);
        foreach (var text in texts.Keys)
        {
            var length = Encoding.UTF8.GetByteCount(text);
            Varint.Write(to, (ulong)length);
            to.Advance(Encoding.UTF8.GetBytes(text, to.GetSpan(length)));
        }
        to.Write(codes.WrittenSpan);
        return to;
    }

    private static void Fixed(ArrayBufferWriter<byte> to, long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(to.GetSpan(sizeof(long)), value);
        to.Advance(sizeof(long));
    }

    private static void Append(ArrayBufferWriter<byte> to, ArrayBufferWriter<byte> column)
    {
        Varint.Write(to, (ulong)column.WrittenCount);
        to.Write(column.WrittenSpan);
    }
}

/// <summary>Events that were packed.</summary>
/// <param name="FirstPerson">Hash of the first event's user.</param>
/// <param name="Events">How many.</param>
/// <param name="Bytes">For <see cref="EventBlock.Read"/>.</param>
/// <param name="Members">Members of their payloads.</param>
public sealed record PackedBlock(long FirstPerson, int Events, byte[] Bytes, BlockMembers Members);
