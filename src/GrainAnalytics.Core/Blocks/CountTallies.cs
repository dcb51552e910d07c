using System.Runtime.InteropServices;
using GrainAnalytics.Core.Filters;
using GrainAnalytics.Core.Queries;

namespace GrainAnalytics.Core.Blocks;

/// <summary>A tally of the events that are activity and match a test.</summary>
/// <param name="names">Numbers of types, paths and contexts.</param>
/// <param name="test">Which events; null: all.</param>
public abstract class MatchTally(ScanNames names, EventTest? test) : EventTally
{
    /// <inheritdoc/>
    public override BlockColumns Columns => test?.Columns ?? BlockColumns.None;

    /// <summary>Number of the person, from 1.</summary>
    protected int Person { get; private set; }

    /// <inheritdoc/>
    public override void Begin() => Person++;

    /// <summary>True when an event matches, activity or not.</summary>
    protected bool Matches(EventBlock block, int i) => test is null || test.Holds(block, i);

    /// <summary>True when an event is activity and matches.</summary>
    protected bool Counts(EventBlock block, int i) => names.IsCounted(block.Type[i]) && Matches(block, i);
}

/// <summary>A tally by intervals of time.</summary>
/// <param name="names">Numbers of types, paths and contexts.</param>
/// <param name="test">Which events; null: all.</param>
/// <param name="starts">Starts of the intervals, ascending; the last one has no end.</param>
public abstract class PlaceTally(ScanNames names, EventTest? test, long[] starts) : MatchTally(names, test)
{
    private int _last;

    /// <inheritdoc/>
    public override BlockColumns Columns => base.Columns | BlockColumns.Times;

    /// <summary>Number of the interval, from 0; -1: before all of them.</summary>
    protected int PlaceOf(long at)
    {
        // A person's events are mostly in one interval.
        if (_last >= 0 && at >= starts[_last] && (_last + 1 == starts.Length || at < starts[_last + 1])) return _last;
        var place = Array.BinarySearch(starts, at);
        if (place < 0) place = ~place - 1;
        else while (place + 1 < starts.Length && starts[place + 1] == at) place++;      // of an empty interval and the next
        if (place >= 0) _last = place;
        return place;
    }
}

/// <summary>Counts events by interval.</summary>
/// <inheritdoc cref="PlaceTally"/>
public sealed class SeriesTally(ScanNames names, EventTest? test, long[] starts) : PlaceTally(names, test, starts)
{
    /// <summary>By number of the interval.</summary>
    public long[] Result { get; } = new long[starts.Length];

    /// <inheritdoc/>
    public override void Add(EventBlock block, int from, int to)
    {
        for (var i = from; i < to; i++) if (Counts(block, i) && PlaceOf(block.At[i]) is var place and >= 0) Result[place]++;
    }
}

/// <summary>Counts users by interval.</summary>
/// <inheritdoc cref="PlaceTally"/>
public sealed class UserSeriesTally(ScanNames names, EventTest? test, long[] starts) : PlaceTally(names, test, starts)
{
    private readonly int[] _seen = new int[starts.Length];

    /// <summary>By number of the interval.</summary>
    public long[] Result { get; } = new long[starts.Length];

    /// <inheritdoc/>
    public override void Add(EventBlock block, int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            if (!Counts(block, i) || PlaceOf(block.At[i]) is not (var place and >= 0) || _seen[place] == Person) continue;
            _seen[place] = Person;
            Result[place]++;
        }
    }
}

/// <summary>Counts events by interval and type.</summary>
/// <inheritdoc cref="PlaceTally"/>
public sealed class TypeTally(ScanNames names, EventTest? test, long[] starts) : PlaceTally(names, test, starts)
{
    private readonly ScanNames _names = names;
    private readonly Dictionary<(int Place, int Type), long> _counts = [];

    /// <inheritdoc/>
    public override bool IsTooMuch => _counts.Count > SessionTally.Most;

    /// <summary>What there is of each interval, by its number.</summary>
    public IEnumerable<(int Place, TypeCount Count)> Result => _counts.Select(count => (count.Key.Place, new TypeCount(_names.Type(count.Key.Type), count.Value)));

    /// <inheritdoc/>
    public override void Add(EventBlock block, int from, int to)
    {
        for (var i = from; i < to; i++)
            if (Counts(block, i) && PlaceOf(block.At[i]) is var place and >= 0) CollectionsMarshal.GetValueRefOrAddDefault(_counts, (place, block.Type[i]), out _)++;
    }
}

/// <summary>Counts events and users by value of a dimension.</summary>
/// <param name="names">Numbers of types, paths and contexts.</param>
/// <param name="test">Which events; null: all.</param>
/// <param name="by">The page, a column of contexts, or an outermost member of the payload.</param>
public sealed class ValueTally(ScanNames names, EventTest? test, FilterField by) : MatchTally(names, test)
{
    private readonly ScanNames _names = names;
    private readonly bool _isPage = by.Column == FilterColumn.Page;
    private readonly int _member = by.Column == FilterColumn.Payload ? names.MemberOf(by.Path.Single()) : -1;
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly List<string> _values = [""];
    private int[] _ofContexts = [0];        // 0: not known yet or none; of paths and members the value's number is theirs
    private int _known = 1;
    private long[] _events = new long[64], _users = new long[64];
    private int[] _seen = new int[64];

    /// <inheritdoc/>
    public override BlockColumns Columns => base.Columns | (_isPage ? BlockColumns.Paths : _member < 0 ? BlockColumns.Contexts : BlockColumns.None);

    /// <inheritdoc/>
    public override bool IsTooMuch => Values > SessionTally.Most;

    private int Values => _isPage ? _names.Paths : _member < 0 ? _values.Count : _names.Values(_member);

    /// <summary>The values with most events, most first, equal counts by value.</summary>
    public IReadOnlyList<ValueCount> Result(int limit) => [.. Enumerable.Range(1, Math.Max(0, Math.Min(_events.Length, Values) - 1)).Where(value => _events[value] > 0)
        .Select(value => new ValueCount(Text(value), _events[value], _users[value], true)).OrderByDescending(value => value.Count).ThenBy(value => value.Value, Utf8Order.Instance).Take(limit)];

    /// <inheritdoc/>
    public override void Add(EventBlock block, int from, int to)
    {
        var numbers = _isPage ? block.Path : _member < 0 ? block.Context : block.Member(_member);
        for (var i = from; i < to; i++)
        {
            if (!Counts(block, i)) continue;
            var value = _isPage || _member >= 0 ? numbers[i] : OfContext(numbers[i]);
            if (value == 0) continue;
            if (value >= _events.Length) Grow(value);
            _events[value]++;
            if (_seen[value] == Person) continue;
            _seen[value] = Person;
            _users[value]++;
        }
    }

    private string Text(int value) => _isPage ? _names.Path(value) : _member < 0 ? _values[value] : _names.Value(_member, value)!;

    private int OfContext(int context)
    {
        if (context >= _known)
        {
            Array.Resize(ref _ofContexts, Math.Max(_names.Contexts, context + 1));
            for (; _known < _ofContexts.Length; _known++) _ofContexts[_known] = NumberOf(_names.Text(_known, by.Column) ?? "");
        }
        return _ofContexts[context];
    }

    private int NumberOf(string value)
    {
        if (value.Length == 0) return 0;
        ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(_numbers, value, out var isKnown);
        if (isKnown) return number;
        _values.Add(value);
        return number = _values.Count - 1;
    }

    private void Grow(int value)
    {
        var room = Math.Max(value + 1, _events.Length * 2);
        Array.Resize(ref _events, room);
        Array.Resize(ref _users, room);
        Array.Resize(ref _seen, room);
    }
}
