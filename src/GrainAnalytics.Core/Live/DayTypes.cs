using GrainAnalytics.Core.Counters;

namespace GrainAnalytics.Core.Live;

/// <summary>A day's totals by type, kept summed up, with the view in which each last changed.</summary>
/// <remarks>A plain state machine: no locks, no I/O. A <see cref="DailyTally"/> sums when it is asked, which is too much for a
/// view ten times a second; it only decides here what an update changes.</remarks>
internal sealed class DayTypes(DateOnly day)
{
    private readonly DailyTally _tally = new(day);
    private readonly Dictionary<string, int> _places = [];
    private readonly List<LiveTotal> _totals = [];

    public DateOnly Day => day;

    public long ActiveUsers { get; private set; }

    /// <summary>Takes in an update.</summary>
    /// <returns>True when a total has changed.</returns>
    public bool Apply(in CounterUpdate update, long sequence)
    {
        var difference = _tally.Apply(update);
        if (difference == 0) return false;
        if (update.Type.Length == 0)
        {
            ActiveUsers += difference;
            return true;
        }
        if (!_places.TryGetValue(update.Type, out var place))
        {
            _places[update.Type] = place = _totals.Count;
            _totals.Add(new LiveTotal(update.Type, 0, 0));
        }
        _totals[place] = new LiveTotal(update.Type, _totals[place].Count + difference, sequence);
        return true;
    }

    /// <summary>The totals, the largest when there are too many.</summary>
    public LiveTotal[] Types()
    {
        if (_totals.Count <= LiveView.MaxTypes) return [.. _totals];
        var largest = new PriorityQueue<LiveTotal, long>(LiveView.MaxTypes + 1);
        foreach (var total in _totals)
            if (largest.Count < LiveView.MaxTypes) largest.Enqueue(total, total.Count);
            else if (largest.Peek().Count < total.Count) largest.EnqueueDequeue(total, total.Count);
        return [.. largest.UnorderedItems.Select(item => item.Element)];
    }
}
