using GrainAnalytics.Core.Events;

namespace GrainAnalytics.Core.Journeys;

/// <summary>What adding an event to a timeline found.</summary>
public enum TimelineAddition
{
    /// <summary>It is new here and now pending.</summary>
    Added,
    /// <summary>An event with its id is pending: whose outcome decides is not known yet.</summary>
    IdIsPending,
    /// <summary>An event with its id is stored.</summary>
    IdIsStored,
}

/// <summary>A user's events in memory: those still being written, and the newest stored ones once somebody has looked.</summary>
/// <remarks>
/// A plain state machine: no locks, no I/O; the engine runs it one call at a time. Nothing here is the only copy of a
/// stored event. "Coverage" is the part of the journey of which memory knows it has every stored event: from the newest
/// down to some position, or all of it. Before the first lookup nothing is covered and stored events are let go at once,
/// so a user who only sends costs next to nothing.
/// </remarks>
public sealed class UserTimeline
{
    // Without references, so that the arrays of all users are nothing to the garbage collector.
    private struct Entry
    {
        private const uint PendingBit = 1u << 31;
        private uint _bits;             // pending, and 31 bits of the key

        public long OccurredAt;
        public uint Place;              // in _blocks

        public bool IsPending { readonly get => (_bits & PendingBit) != 0; set => _bits = value ? _bits | PendingBit : _bits & ~PendingBit; }
        public uint KeyBits { readonly get => _bits & ~PendingBit; set => _bits = _bits & PendingBit | value & ~PendingBit; }
    }

    private const int WorthRepacking = 4096;

    private readonly int _tail;
    private Entry[] _entries = [];      // ascending in time
    private PackedBlocks _blocks;
    private int _live;                  // bytes of the blocks that entries point to
    private int _count, _pending, _loads;
    private EncodedEvent _coveredFrom;  // the oldest covered event; empty with _isWhole or when nothing is covered
    private bool _isCovered, _isWhole;
    private bool _isLoadStale;          // Invalidate let go of what a load, still running, may not have seen
    private int _activeDay, _otherActiveDay;

    /// <summary>Makes the timeline of a user of whom nothing is known.</summary>
    /// <param name="tail">Stored events to keep once covered.</param>
    public UserTimeline(int tail) => _tail = tail;

    /// <summary>True when nothing would be lost by letting the timeline go.</summary>
    public bool CanBeReleased => _pending == 0 && _loads == 0;

    /// <summary>Events held, pending ones included.</summary>
    public int Count => _count;

    /// <summary>Adds an event that is about to be written.</summary>
    public TimelineAddition Add(EncodedEvent added)
    {
        var known = Find(added.Key);
        if (known >= 0) return _entries[known].IsPending ? TimelineAddition.IdIsPending : TimelineAddition.IdIsStored;
        Insert(added, isPending: true);
        _pending++;
        return TimelineAddition.Added;
    }

    /// <summary>Ends the pending state of an event for which <see cref="Add"/> said Added.</summary>
    /// <param name="settled">The event.</param>
    /// <param name="isStored">False when its id was a duplicate or the row was refused: it is taken out again.</param>
    public void Settle(EncodedEvent settled, bool isStored)
    {
        var at = Find(settled.Key);
        if (at < 0 || !_entries[at].IsPending || EventAt(at) != settled) return;
        _entries[at].IsPending = false;
        _pending--;
        if (!isStored)
        {
            RemoveAt(at);
            // Memory was to know every stored event there, and the store has one of this id all the same: another process
            // stored it. What else that process stored is read again too.
            if (IsCovered(settled) || _loads > 0) Invalidate();
        }
        else if (_loads == 0 && !IsCovered(settled)) RemoveAt(at);
        else Trim();
        Repack();
    }

    /// <summary>Takes an added event out again that is not going to be written.</summary>
    public void TakeBack(EncodedEvent added)
    {
        var at = Find(added.Key);
        if (at < 0 || !_entries[at].IsPending || EventAt(at) != added) return;
        _pending--;
        RemoveAt(at);
        Repack();
    }

    /// <summary>Takes in an event that was stored although it was not pending here.</summary>
    public void AddStored(EncodedEvent stored)
    {
        if (!MakeRoomFor(stored) || _loads == 0 && !IsCovered(stored)) return;
        Insert(stored, isPending: false);
        Trim();
    }

    /// <summary>Forgets what is stored: the next lookup reads it again. For when the store may hold what memory has not seen.</summary>
    public void Invalidate()
    {
        (_isCovered, _isWhole, _coveredFrom) = (false, false, default);
        _isLoadStale = _loads > 0;
        for (var i = _count - 1; i >= 0; i--) if (!_entries[i].IsPending) RemoveAt(i);
        Repack();
    }

    /// <summary>Begins a read of the newest stored events; until it ends, nothing stored meanwhile is let go.</summary>
    public void BeginLoad() => _loads++;

    /// <summary>Ends a read.</summary>
    /// <param name="newest">Stored events, newest first; null when the read failed.</param>
    /// <param name="isWhole">True when they are all the user has.</param>
    public void EndLoad(IReadOnlyList<EncodedEvent>? newest, bool isWhole)
    {
        _loads--;
        if (newest is not null && !_isLoadStale)
        {
            Reserve(newest);
            for (var i = newest.Count - 1; i >= 0; i--) if (MakeRoomFor(newest[i])) Insert(newest[i], isPending: false);
            _isCovered = isWhole || newest.Count > 0;
            _isWhole = isWhole;
            _coveredFrom = isWhole || newest.Count == 0 ? default : newest[^1];
        }
        if (_loads > 0) return;
        _isLoadStale = false;
        for (var i = _count - 1; i >= 0; i--) if (!_entries[i].IsPending && !IsCovered(EventAt(i))) RemoveAt(i);
        Trim();
        Repack();
    }

    /// <summary>Answers a query from memory alone.</summary>
    /// <returns>Null when older stored events might belong into the page.</returns>
    public JourneyPage? TryRead(JourneyQuery query, ReadOnlySpan<byte> type)
    {
        if (!_isCovered) return null;
        var page = new List<EncodedEvent>(Math.Min(query.Limit, _count));
        for (var i = _count - 1; i >= 0; i--)
        {
            ref var entry = ref _entries[i];
            if (entry.OccurredAt > query.To) continue;
            if (entry.OccurredAt < query.From) break;
            var found = EventAt(i);
            if (!Matches(found, query, type)) continue;
            if (page.Count == query.Limit) return IsCovered(found) ? new JourneyPage(page, HasMore: true) : null;
            if (!IsCovered(found)) return null;
            page.Add(found);
        }
        var isComplete = _isWhole || query.From > _coveredFrom.OccurredAt;
        return isComplete ? new JourneyPage(page, HasMore: false) : null;
    }

    /// <summary>Merges what the store answered to a query with what memory holds: pending events, and stored ones newer
    /// than the answer.</summary>
    /// <param name="query">The query.</param>
    /// <param name="type">Its type, UTF-8; empty for all.</param>
    /// <param name="stored">The store's answer, newest first, at most one event more than the limit.</param>
    public JourneyPage Merge(JourneyQuery query, ReadOnlySpan<byte> type, IReadOnlyList<EncodedEvent> stored)
    {
        var merged = new List<EncodedEvent>(stored);
        var known = _count > 0 ? stored.Select(e => e.Key).ToHashSet() : [];
        for (var i = 0; i < _count; i++)
        {
            ref var entry = ref _entries[i];
            var held = EventAt(i);
            if (entry.OccurredAt < query.From || entry.OccurredAt > query.To || !Matches(held, query, type)) continue;
            if (!known.Contains(held.Key)) merged.Add(held);
        }
        if (merged.Count > stored.Count) merged.Sort((a, b) => EventPosition.Compare(b, a));
        var hasMore = merged.Count > query.Limit;
        if (hasMore) merged.RemoveRange(query.Limit, merged.Count - query.Limit);
        return new JourneyPage(merged, hasMore);
    }

    /// <summary>True when the user is known to be counted as active on a day already.</summary>
    public bool IsActiveOn(DateOnly day) => day.DayNumber == _activeDay || day.DayNumber == _otherActiveDay;

    /// <summary>Notes that a commit counted the user as active on a day.</summary>
    public void MarkActive(DateOnly day)
    {
        if (IsActiveOn(day)) return;
        (_activeDay, _otherActiveDay) = (day.DayNumber, _activeDay);
    }

    /// <summary>Forgets on which days the user is counted as active.</summary>
    public void ForgetActive() => (_activeDay, _otherActiveDay) = (0, 0);

    private static bool Matches(EncodedEvent value, JourneyQuery query, ReadOnlySpan<byte> type) =>
        (query.Before is not { } before || before.CompareEvent(value) < 0) && (type.IsEmpty || value.Type.Span.SequenceEqual(type));

    private bool IsCovered(EncodedEvent value) =>
        _isCovered && (_isWhole || EventPosition.Compare(value, _coveredFrom) >= 0);

    // Keeps the newest _tail stored events; pending ones stay wherever they are.
    private void Trim()
    {
        if (!_isCovered || _loads > 0 || _count - _pending <= _tail + _tail / 4) return;
        var excess = _count - _pending - _tail;
        var kept = 0;
        for (var i = 0; i < _count; i++)
        {
            if (!_entries[i].IsPending && excess > 0)
            {
                excess--;
                _live -= EventAt(i).Size;
                continue;
            }
            if (excess == 0 && !_entries[i].IsPending)
            {
                excess = -1;        // the first that stays bounds what is covered from now on
                (_isWhole, _coveredFrom) = (false, EventAt(i));
            }
            _entries[kept++] = _entries[i];
        }
        _count = kept;
    }

    // False when the event is here as a stored one already. A pending one of the same id gives way: the store has decided
    // that it is a duplicate, or it is this very event and its commit has not been told yet. Either way its Settle finds
    // another event in its place and changes nothing.
    private bool MakeRoomFor(EncodedEvent stored)
    {
        var at = Find(stored.Key);
        if (at < 0) return true;
        if (!_entries[at].IsPending) return false;
        RemoveAt(at);
        _pending--;
        return true;
    }

    private int Find(EventKey key)
    {
        var bits = (uint)key.Low & int.MaxValue;
        for (var i = _count - 1; i >= 0; i--)
            if (_entries[i].KeyBits == bits && EventAt(i).Key == key) return i;
        return -1;
    }

    private EncodedEvent EventAt(int at) => _blocks[_entries[at].Place];

    private void Insert(EncodedEvent value, bool isPending)
    {
        if (_count == _entries.Length) Array.Resize(ref _entries, _count == 0 ? 2 : _count < 16 ? _count * 2 : _count + _count / 2);
        var at = _count;
        while (at > 0 && IsAfter(at - 1, value)) at--;
        Array.Copy(_entries, at, _entries, at + 1, _count - at);
        _entries[at] = new Entry { Place = _blocks.Add(value), OccurredAt = value.OccurredAt, KeyBits = (uint)value.Key.Low, IsPending = isPending };
        _live += value.SizeWithoutFacts;
        _count++;
    }

    private bool IsAfter(int at, EncodedEvent value) => _entries[at].OccurredAt == value.OccurredAt
        ? EventPosition.Compare(EventAt(at), value) > 0
        : _entries[at].OccurredAt > value.OccurredAt;

    // A loaded user is often one who is active: room for the next events too.
    private void Reserve(IReadOnlyList<EncodedEvent> coming)
    {
        if (_count > 0 || coming.Count == 0) return;
        var bytes = 0;
        foreach (var value in coming) bytes += value.SizeWithoutFacts;
        _blocks.Reserve(bytes + bytes / 8);
        _entries = new Entry[coming.Count + coming.Count / 8 + 1];
    }

    private void RemoveAt(int at)
    {
        _live -= EventAt(at).Size;
        _count--;
        Array.Copy(_entries, at + 1, _entries, at, _count - at);
    }

    // Lets go of blocks that no entry points to, once they are more than those that are left.
    private void Repack()
    {
        if (_count == 0) (_entries, _blocks, _live) = ([], default, 0);
        if (_blocks.Size - _live < WorthRepacking + _live) return;
        var packed = new PackedBlocks();
        packed.Reserve(_live + _live / 8);
        for (var i = 0; i < _count; i++)
        {
            var isBound = EventAt(i) == _coveredFrom;
            _entries[i].Place = packed.Add(EventAt(i));
            if (isBound) _coveredFrom = packed[_entries[i].Place];
        }
        _blocks = packed;
    }
}
