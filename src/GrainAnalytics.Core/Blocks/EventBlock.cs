using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using GrainAnalytics.Core.Rollups;

namespace GrainAnalytics.Core.Blocks;

/// <summary>A block that was read: a row of arrays, of which one number is one event. It is used again for other blocks.</summary>
public sealed class EventBlock
{
    private int[] _local = [];
    private readonly List<long> _sessions = [];
    private int[][] _members = [];

    /// <summary>Events; arrays may be longer.</summary>
    public int Count { get; private set; }

    /// <summary>Number of persons.</summary>
    public int Persons { get; private set; }

    /// <summary>The persons, ascending.</summary>
    public long[] Person { get; private set; } = [];

    /// <summary>Of each person the first number that is not theirs.</summary>
    public int[] End { get; private set; } = [];

    /// <summary>Numbers of types.</summary>
    public int[] Type { get; private set; } = [];

    /// <summary>Unix microseconds.</summary>
    public long[] At { get; private set; } = [];

    /// <summary>Sessions; 0: none.</summary>
    public long[] Session { get; private set; } = [];

    /// <summary>Numbers of contexts; 0: none.</summary>
    public int[] Context { get; private set; } = [];

    /// <summary>Numbers of paths; 0: none.</summary>
    public int[] Path { get; private set; } = [];

    /// <summary>Milliseconds of attention.</summary>
    public int[] EngagedMs { get; private set; } = [];

    /// <summary>Numbers of a member's values; 0: none.</summary>
    /// <param name="member">Its number, <see cref="ScanNames.MemberOf"/>.</param>
    public int[] Member(int member) => _members[member];

    /// <summary>Reads a block.</summary>
    /// <param name="bytes">A <see cref="BlockWriter"/>'s.</param>
    /// <param name="columns">What is wanted of it; other columns keep whatever they had.</param>
    /// <param name="names">Gives texts their numbers.</param>
    /// <param name="members">Columns of the members that <paramref name="names"/> has; a null is left out.</param>
    /// <returns>False when the block does not have all members.</returns>
    /// <exception cref="InvalidDataException">The bytes are no block of a known version.</exception>
    public bool Read(ReadOnlySpan<byte> bytes, BlockColumns columns, ScanNames names, ReadOnlySpan<byte[]?> members = default)
    {
        if (members.Contains(null)) return false;
        if (bytes.IsEmpty || bytes[0] != BlockWriter.Version) throw new InvalidDataException("Not a block of a known version.");
        bytes = bytes[1..];
        // Whatever the bytes say, an event takes some of them.
        Count = Checked(Varint.Read(ref bytes), bytes.Length);
        Persons = Checked(Varint.Read(ref bytes), Count);
        var unit = Varint.Read(ref bytes) == 1 ? 1000L : 1;
        ReadPersons(Column(ref bytes));
        ReadTypes(Column(ref bytes), names);
        var column = Column(ref bytes);
        if (columns.HasFlag(BlockColumns.Times)) ReadTimes(column, unit);
        column = Column(ref bytes);
        if (columns.HasFlag(BlockColumns.Sessions)) ReadSessions(column);
        column = Column(ref bytes);
        if (columns.HasFlag(BlockColumns.Contexts)) ReadContexts(column, names);
        column = Column(ref bytes);
        if (columns.HasFlag(BlockColumns.Paths)) ReadPaths(column, names);
        column = Column(ref bytes);
        if (columns.HasFlag(BlockColumns.Engaged)) ReadEngaged(column);
        if (_members.Length < members.Length) Array.Resize(ref _members, members.Length);
        for (var i = 0; i < members.Length; i++)
        {
            _members[i] = Room(_members[i] ?? [], Count);
            MemberColumn.Read(members[i], _members[i].AsSpan(0, Count), names.ValuesOf(i));
        }
        return true;
    }

    private void ReadPersons(ReadOnlySpan<byte> from)
    {
        (Person, End) = (Room(Person, Persons), Room(End, Persons));
        var (person, end) = (0L, 0);
        for (var i = 0; i < Persons; i++)
        {
            person = i == 0 ? Fixed(ref from) : unchecked(person + (long)Varint.Read(ref from));
            end += Checked(Varint.Read(ref from), Count - end);
            (Person[i], End[i]) = (person, end);
        }
        if (end != Count) throw new InvalidDataException("Not all events of a block are somebody's.");
    }

    private void ReadTypes(ReadOnlySpan<byte> from, ScanNames names)
    {
        var known = Texts(ref from, static (names, text) => names.TypeOf(text), names);
        Type = Room(Type, Count);
        for (var i = 0; i < Count; i++) Type[i] = _local[Checked(Number(ref from), known - 1)];
    }

    private void ReadTimes(ReadOnlySpan<byte> from, long unit)
    {
        At = Room(At, Count);
        var earliest = Varint.ReadSigned(ref from);
        for (int person = 0, i = 0; person < Persons; person++)
            for (var at = earliest; i < End[person]; i++) At[i] = (at += (long)Number(ref from)) * unit;
    }

    private void ReadSessions(ReadOnlySpan<byte> from)
    {
        Session = Room(Session, Count);
        for (int person = 0, i = 0; person < Persons; person++)
        {
            _sessions.Clear();
            for (var last = 0L; i < End[person]; i++)
            {
                var code = Number(ref from);
                if (code == 2) _sessions.Add(last = Fixed(ref from));
                else if (code > 2) last = _sessions[Checked(code - 3, _sessions.Count - 1)];
                else if (code == 0) last = 0;
                Session[i] = last;
            }
        }
    }

    private void ReadContexts(ReadOnlySpan<byte> from, ScanNames names)
    {
        var known = Checked(Varint.Read(ref from), from.Length / sizeof(long));
        _local = Room(_local, known);
        for (var i = 0; i < known; i++) _local[i] = names.ContextOf(Fixed(ref from));
        ReadNumbers(Context = Room(Context, Count), from, known);
    }

    private void ReadPaths(ReadOnlySpan<byte> from, ScanNames names)
    {
        var known = Texts(ref from, static (names, text) => names.PathOf(text), names);
        ReadNumbers(Path = Room(Path, Count), from, known);
    }

    private void ReadNumbers(int[] to, ReadOnlySpan<byte> from, int known)
    {
        var last = 0;
        for (var i = 0; i < Count; i++)
        {
            var code = Number(ref from);
            if (code != 0) last = code == 1 ? 0 : _local[Checked(code - 2, known - 1)];
            to[i] = last;
        }
    }

    private void ReadEngaged(ReadOnlySpan<byte> from)
    {
        EngagedMs = Room(EngagedMs, Count);
        Array.Clear(EngagedMs, 0, Count);
        for (var i = -1; !from.IsEmpty;)
        {
            i += Checked(Varint.Read(ref from), Count - 1 - i);
            EngagedMs[i < 0 ? throw new InvalidDataException("A block is damaged.") : i] = (int)Varint.ReadSigned(ref from);
        }
    }

    private int Texts(ref ReadOnlySpan<byte> from, Func<ScanNames, ReadOnlySpan<byte>, int> number, ScanNames names)
    {
        var known = Checked(Varint.Read(ref from), from.Length);
        _local = Room(_local, known);
        for (var i = 0; i < known; i++)
        {
            var length = Checked(Varint.Read(ref from), from.Length);
            _local[i] = number(names, from[..length]);
            from = from[length..];
        }
        return known;
    }

    // Most numbers are small.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong Number(ref ReadOnlySpan<byte> from)
    {
        if (from.IsEmpty || from[0] >= 0x80) return Varint.Read(ref from);
        var value = from[0];
        from = from[1..];
        return value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int Checked(ulong value, int most) => most >= 0 && value <= (ulong)most ? (int)value : throw new InvalidDataException("A block is damaged.");

    private static ReadOnlySpan<byte> Column(ref ReadOnlySpan<byte> bytes)
    {
        var length = Checked(Varint.Read(ref bytes), bytes.Length);
        var column = bytes[..length];
        bytes = bytes[length..];
        return column;
    }

    private static long Fixed(ref ReadOnlySpan<byte> from)
    {
        if (from.Length < sizeof(long)) throw new InvalidDataException("A block ends too early.");
        var value = BinaryPrimitives.ReadInt64LittleEndian(from);
        from = from[sizeof(long)..];
        return value;
    }

    private static T[] Room<T>(T[] array, int count) => array.Length >= count ? array : new T[Math.Max(count, array.Length * 2)];
}
