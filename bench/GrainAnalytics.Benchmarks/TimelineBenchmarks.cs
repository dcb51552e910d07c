using BenchmarkDotNet.Attributes;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Journeys;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Benchmarks;

/// <summary>A looked-up user's timeline with 100 stored events, beside sorting a list of the same events for each lookup.</summary>
[MemoryDiagnoser, ShortRunJob]
public class TimelineBenchmarks
{
    private static readonly JourneyQuery Query = new("user");
    private readonly UserTimeline _timeline = new(128);
    private readonly List<EncodedEvent> _list = [];
    private readonly RigEvents _source = new(1);
    private long _now = TimeProvider.System.NowMicroseconds();

    /// <summary>Fills both.</summary>
    [GlobalSetup]
    public void Setup()
    {
        for (var i = 0; i < 100; i++) _list.Add(_source.Next(_now++));
        _timeline.BeginLoad();
        _timeline.EndLoad([.. Enumerable.Reverse(_list)], isWhole: true);
    }

    /// <summary>Without the state machine.</summary>
    [Benchmark(Baseline = true)]
    public int SortAndTake100() => _list.OrderByDescending(e => e.OccurredAt).ThenByDescending(e => e.IdText).Take(100).ToArray().Length;

    /// <summary>A lookup of the newest 100.</summary>
    [Benchmark]
    public int Read100() => _timeline.TryRead(Query, default)!.Events.Count;

    /// <summary>An event comes in and is stored; the oldest beyond the tail is let go now and then.</summary>
    [Benchmark]
    public int AddAndSettle()
    {
        var added = _source.Next(_now++);
        _timeline.Add(added);
        _timeline.Settle(added, isStored: true);
        return _timeline.Count;
    }
}
