namespace GrainAnalytics.Core.Blocks;

/// <summary>Goes through blocks of many days person by person, each person's events in the order of time. Blocks are opened in the order of their first persons, so that of each
/// day one is in memory.</summary>
/// <param name="tally">Is shown everybody.</param>
/// <param name="names">Gives texts their numbers.</param>
public sealed class BlockWalk(EventTally tally, ScanNames names)
{
    /// <summary>Most events in memory. Only persons who did more than that in the time that is asked for could need them.</summary>
    public const int MostOpen = 16_000_000;

    private readonly Stack<EventBlock> _free = new();
    private Cursor[] _heap = new Cursor[16];
    private int _count;
    private long _open;

    /// <summary>Adds a block, after everybody before its first person was shown.</summary>
    /// <param name="bytes">The block; not needed any more afterwards.</param>
    /// <param name="firstPerson">Its first person; not before the last block's.</param>
    /// <param name="order">Blocks of one person come in this order.</param>
    /// <param name="members">Columns of the members that the names have; a null is left out of the block.</param>
    /// <param name="without">Persons who are not shown of it; null: everybody is.</param>
    /// <returns>False when this would be too much to hold, or the block lacks a member: there is no use in going on.</returns>
    public bool Open(ReadOnlySpan<byte> bytes, long firstPerson, long order, ReadOnlySpan<byte[]?> members = default, IReadOnlySet<long>? without = null)
    {
        while (_count > 0 && _heap[0].Person < firstPerson) Show();
        if (!_free.TryPop(out var block)) block = new EventBlock();
        if (!block.Read(bytes, tally.Columns, names, members)) return false;
        if (block.Persons == 0) throw new InvalidDataException("A block is empty.");
        Push(new Cursor(block, order, without));
        _open += block.Count;
        return _open <= MostOpen && !tally.IsTooMuch && !names.IsTooMuch;
    }

    /// <summary>Shows the rest.</summary>
    /// <returns>False when it was too much.</returns>
    public bool Finish()
    {
        while (_count > 0) Show();
        return !tally.IsTooMuch;
    }

    private void Show()
    {
        var (person, isShown) = (_heap[0].Person, false);
        while (_count > 0 && _heap[0] is { } first && first.Person == person)
        {
            if (!first.IsLeftOut)
            {
                if (!isShown) tally.Begin();
                isShown = true;
                tally.Add(first.Block, first.Start, first.End);
            }
            if (first.MoveOn()) Sink();
            else
            {
                _open -= first.Block.Count;
                _free.Push(first.Block);
                _heap[0] = _heap[--_count];
                if (_count > 0) Sink();
            }
        }
        if (isShown) tally.End();
    }

    private void Push(Cursor cursor)
    {
        if (_count == _heap.Length) Array.Resize(ref _heap, _count * 2);
        var at = _count++;
        for (int parent; at > 0 && cursor.IsBefore(_heap[parent = (at - 1) / 2]); at = parent) _heap[at] = _heap[parent];
        _heap[at] = cursor;
    }

    private void Sink()
    {
        var cursor = _heap[0];
        var at = 0;
        for (int child; (child = at * 2 + 1) < _count; at = child)
        {
            if (child + 1 < _count && _heap[child + 1].IsBefore(_heap[child])) child++;
            if (!_heap[child].IsBefore(cursor)) break;
            _heap[at] = _heap[child];
        }
        _heap[at] = cursor;
    }

    private sealed class Cursor(EventBlock block, long order, IReadOnlySet<long>? without)
    {
        private int _run;

        public EventBlock Block => block;

        public long Person { get; private set; } = block.Person[0];

        public bool IsLeftOut => without?.Contains(Person) == true;

        public int Start { get; private set; }

        public int End => block.End[_run];

        public bool MoveOn()
        {
            Start = block.End[_run];
            if (++_run == block.Persons) return false;
            Person = block.Person[_run];
            return true;
        }

        public bool IsBefore(Cursor other) => Person < other.Person || Person == other.Person && order < other.Order;

        private long Order => order;
    }
}

/// <summary>Counts something of events that it is shown person by person.</summary>
public abstract class EventTally
{
    /// <summary>What it needs to know of events.</summary>
    public abstract BlockColumns Columns { get; }

    /// <summary>True when it cannot hold what it would have to: its answer is not to be used.</summary>
    public virtual bool IsTooMuch => false;

    /// <summary>The next person.</summary>
    public virtual void Begin()
    {
    }

    /// <summary>Some of the person's events, in order, from a number up to another.</summary>
    public abstract void Add(EventBlock block, int from, int to);

    /// <summary>There are no more of the person.</summary>
    public virtual void End()
    {
    }
}
