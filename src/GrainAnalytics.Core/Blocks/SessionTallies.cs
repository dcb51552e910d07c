using System.Runtime.InteropServices;
using GrainAnalytics.Core.Queries;

namespace GrainAnalytics.Core.Blocks;

/// <summary>Adds up sessions. Several persons may share one, so each is known until the end.</summary>
/// <param name="names">Numbers of types, paths and contexts.</param>
/// <param name="test">Which events; null: all.</param>
public sealed class SessionTally(ScanNames names, EventTest? test) : MatchTally(names, test)
{
    /// <summary>Most things that a tally knows one by one: some 200 MB.</summary>
    public const int Most = 3_000_000;

    private readonly int _view = names.TypeOf("page_view");
    private readonly Dictionary<long, (long First, long Last, int Events, int Views)> _sessions = [];

    /// <inheritdoc/>
    public override BlockColumns Columns => base.Columns | BlockColumns.Times | BlockColumns.Sessions;

    /// <inheritdoc/>
    public override bool IsTooMuch => _sessions.Count > Most;

    /// <summary>What they add up to.</summary>
    public SessionSummary Result()
    {
        var (bounces, views, ms) = (0L, 0L, 0L);
        var seconds = new SortedDictionary<int, long>();
        foreach (var (first, last, events, seen) in _sessions.Values)
        {
            var length = (last - first) / 1000;
            if (events == 1) bounces++;
            (views, ms) = (views + seen, ms + length);
            var whole = (int)(length / 1000);
            seconds[whole] = seconds.GetValueOrDefault(whole) + 1;
        }
        return new SessionSummary(_sessions.Count, bounces, views, ms, Quantile(seconds, 0.5), Quantile(seconds, 0.9));
    }

    /// <inheritdoc/>
    public override void Add(EventBlock block, int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            if (block.Session[i] == 0 || !Counts(block, i)) continue;
            var at = block.At[i];
            ref var session = ref CollectionsMarshal.GetValueRefOrAddDefault(_sessions, block.Session[i], out var isKnown);
            session = isKnown ? (Math.Min(session.First, at), Math.Max(session.Last, at), session.Events + 1, session.Views) : (at, at, 1, 0);
            if (block.Type[i] == _view) session.Views++;
        }
    }

    private int? Quantile(SortedDictionary<int, long> seconds, double share)
    {
        var rank = Math.Max(1, (long)Math.Ceiling(share * _sessions.Count));
        foreach (var (length, sessions) in seconds) if ((rank -= sessions) <= 0) return length;
        return null;
    }
}

/// <summary>Counts sessions by the interval of their first event.</summary>
/// <inheritdoc cref="PlaceTally"/>
public sealed class SessionSeriesTally(ScanNames names, EventTest? test, long[] starts) : PlaceTally(names, test, starts)
{
    private readonly Dictionary<long, long> _first = [];
    private readonly int _places = starts.Length;

    /// <inheritdoc/>
    public override BlockColumns Columns => base.Columns | BlockColumns.Sessions;

    /// <inheritdoc/>
    public override bool IsTooMuch => _first.Count > SessionTally.Most;

    /// <summary>By number of the interval.</summary>
    public long[] Result()
    {
        var counts = new long[_places];
        foreach (var at in _first.Values) if (PlaceOf(at) is var place and >= 0) counts[place]++;
        return counts;
    }

    /// <inheritdoc/>
    public override void Add(EventBlock block, int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            if (block.Session[i] == 0 || !Counts(block, i)) continue;
            ref var first = ref CollectionsMarshal.GetValueRefOrAddDefault(_first, block.Session[i], out var isKnown);
            first = isKnown ? Math.Min(first, block.At[i]) : block.At[i];
        }
    }
}

/// <summary>Counts what happened on pages.</summary>
/// <param name="names">Numbers of types, paths and contexts.</param>
/// <param name="test">Which events; null: all.</param>
public sealed class PageTally(ScanNames names, EventTest? test) : MatchTally(names, test)
{
    private readonly ScanNames _names = names;
    private readonly int _view = names.TypeOf("page_view");
    private readonly Dictionary<long, (long FirstAt, long LastAt, int First, int Last)> _sessions = [];
    private Page[] _pages = new Page[256];

    /// <inheritdoc/>
    public override BlockColumns Columns => base.Columns | BlockColumns.Times | BlockColumns.Sessions | BlockColumns.Paths | BlockColumns.Engaged;

    /// <inheritdoc/>
    public override bool IsTooMuch => _sessions.Count > SessionTally.Most || _names.Paths > SessionTally.Most;

    /// <summary>The pages with most views, most first, equal ones by path.</summary>
    public IReadOnlyList<PageCount> Result(int limit)
    {
        foreach (var (_, _, first, last) in _sessions.Values)
        {
            _pages[first].Entries++;
            _pages[last].Exits++;
        }
        return [.. Enumerable.Range(0, Math.Min(_pages.Length, _names.Paths)).Where(path => _pages[path].Views > 0)
            .Select(path => new PageCount(_names.Path(path), _pages[path].Views, _pages[path].Visitors, true, _pages[path].Entries, _pages[path].Exits, _pages[path].EngagedMs))
            .OrderByDescending(page => page.Views).ThenBy(page => page.Path, Utf8Order.Instance).Take(limit)];
    }

    /// <inheritdoc/>
    public override void Add(EventBlock block, int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            var path = block.Path[i];
            if (path == 0 || !Matches(block, i)) continue;
            if (path >= _pages.Length) Array.Resize(ref _pages, Math.Max(path + 1, _pages.Length * 2));
            ref var page = ref _pages[path];
            page.EngagedMs += block.EngagedMs[i];
            if (page.Seen != Person && _names.IsCounted(block.Type[i]))
            {
                page.Seen = Person;
                page.Visitors++;
            }
            if (block.Type[i] != _view) continue;
            page.Views++;
            if (block.Session[i] != 0) AddView(block.Session[i], block.At[i], path);
        }
    }

    // Of several at the same instant the path decides.
    private void AddView(long id, long at, int path)
    {
        ref var session = ref CollectionsMarshal.GetValueRefOrAddDefault(_sessions, id, out var isKnown);
        if (!isKnown) session = (at, at, path, path);
        else if (at < session.FirstAt || at == session.FirstAt && Compare(path, session.First) < 0) (session.FirstAt, session.First) = (at, path);
        if (at > session.LastAt || at == session.LastAt && Compare(path, session.Last) > 0) (session.LastAt, session.Last) = (at, path);
    }

    private int Compare(int path, int other) => path == other ? 0 : Utf8Order.Instance.Compare(_names.Path(path), _names.Path(other));

    private struct Page
    {
        public long Views, Visitors, Entries, Exits, EngagedMs;
        public int Seen;
    }
}
