using GrainAnalytics.Core.Events;

namespace GrainAnalytics.Core.Spool;

/// <summary>Where in the spool the events of a user stand. 24 bytes an event and no objects, because there may be a million.</summary>
/// <remarks>Keyed by a hash: who asks looks at what stands there. Not thread-safe.</remarks>
internal sealed class SpoolIndex
{
    /// <summary>Events beyond this are in the spool and will be delivered, but lookups do not see them until then.</summary>
    public const int MostEvents = 1_000_000;

    private struct Entry
    {
        public long Place;
        public int Hash, Next;          // Next: 1 + index of the next in the chain or in the free list; 0: none
    }

    private Entry[] _entries = [];
    private int[] _heads = [];
    private int _used, _free, _count;

    /// <summary>Events in the index.</summary>
    public int Count => _count;

    /// <summary>Hash of a user.</summary>
    public static int HashOf(int siteId, ReadOnlySpan<byte> userId)
    {
        var hash = new HashCode();
        hash.Add(siteId);
        hash.AddBytes(userId);
        return hash.ToHashCode();
    }

    /// <summary>Adds an event.</summary>
    /// <returns>False when the index is full.</returns>
    public bool Add(int hash, long place)
    {
        if (_count == MostEvents) return false;
        if (_free == 0 && _used == _entries.Length) Grow();
        int at;
        if (_free != 0) (at, _free) = (_free - 1, _entries[_free - 1].Next);
        else at = _used++;
        ref var head = ref Head(hash);
        _entries[at] = new Entry { Hash = hash, Place = place, Next = head };
        head = at + 1;
        _count++;
        return true;
    }

    /// <summary>Takes an event out.</summary>
    /// <returns>False when it is not there.</returns>
    public bool Remove(int hash, long place)
    {
        if (_count == 0) return false;
        ref var link = ref Head(hash);
        while (link != 0)
        {
            ref var entry = ref _entries[link - 1];
            if (entry.Place == place)
            {
                var at = link;
                link = entry.Next;
                entry.Next = _free;
                _free = at;
                if (--_count == 0) (_entries, _heads, _used, _free) = ([], [], 0, 0);
                return true;
            }
            link = ref entry.Next;
        }
        return false;
    }

    /// <summary>Places of a hash's events, in no order.</summary>
    public List<long> Find(int hash)
    {
        var places = new List<long>();
        if (_count == 0) return places;
        for (var link = Head(hash); link != 0; link = _entries[link - 1].Next)
            if (_entries[link - 1].Hash == hash) places.Add(_entries[link - 1].Place);
        return places;
    }

    private ref int Head(int hash) => ref _heads[hash & (_heads.Length - 1)];

    private void Grow()
    {
        var larger = new Entry[Math.Max(64, _entries.Length * 2)];
        _entries.CopyTo(larger, 0);
        _entries = larger;
        _heads = new int[larger.Length];
        // Nothing is free now: every used entry is in a chain.
        for (var i = 0; i < _used; i++)
        {
            ref var head = ref Head(_entries[i].Hash);
            _entries[i].Next = head;
            head = i + 1;
        }
    }
}
