using BenchmarkDotNet.Attributes;
using GrainAnalytics.Core.Counters;
using GrainAnalytics.Core.Live;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Core.Writing;
using Microsoft.Extensions.Logging.Abstractions;

namespace GrainAnalytics.Benchmarks;

/// <summary>What the live feed costs a commit of 500 events: beside its acknowledgement, and afterwards on another thread.</summary>
[MemoryDiagnoser, ShortRunJob]
public class LiveBenchmarks
{
    private const int Rows = 500;
    private readonly EventRow[] _rows = new EventRow[Rows];
    private WriteResult _result = null!;
    private LiveCollector _unwatched = null!, _watched = null!;
    private SiteLive _live = null!;
    private LiveUpdate _update = null!;
    private long _now = TimeProvider.System.NowMicroseconds();

    /// <summary>Makes a commit and its update.</summary>
    [GlobalSetup]
    public void Setup()
    {
        var site = new Site(1, "bench", null, SiteClock.Utc);
        var source = new RigEvents(7);
        var (day, hour) = (SiteClock.Utc.DayOf(_now), SiteClock.Utc.HourStart(_now));
        for (var i = 0; i < Rows; i++) _rows[i] = new EventRow(site, source.Next(_now), day, hour, true, true);
        var stored = new bool[Rows];
        Array.Fill(stored, true);
        _result = new WriteResult(stored, [.. Enumerable.Range(0, 11).Select(i => new CounterUpdate(1, day, i == 0 ? 0 : hour, i == 0 ? "" : $"type-{i}", 0, i, 1))]);
        _unwatched = new LiveCollector(new Sink(false), new LiveOptions(), TimeProvider.System, NullLogger<LiveCollector>.Instance);
        _watched = new LiveCollector(new Sink(true), new LiveOptions(), TimeProvider.System, NullLogger<LiveCollector>.Instance);
        _update = Fold();
        _live = new SiteLive(site, new LiveOptions(), 1);
        _live.Loaded(new LiveStored(_live.NextRead(_now)!, [], new RecentActivity([], [])), _now);
    }

    /// <summary>Nobody watches.</summary>
    [Benchmark(OperationsPerInvoke = Rows)]
    public void CommitUnwatched() => _unwatched.Committed(_rows, _result);

    /// <summary>Somebody watches; the folding that it causes elsewhere takes its share of this figure too.</summary>
    [Benchmark(OperationsPerInvoke = Rows)]
    public void CommitWatched() => _watched.Committed(_rows, _result);

    /// <summary>Ten times a second, on another thread.</summary>
    [Benchmark(OperationsPerInvoke = Rows)]
    public LiveUpdate Fold() => UpdateFold.Fold(1, [new CommittedRows(_rows, 0, Rows, _result)], 20, TimeProvider.System, false);

    /// <summary>At the owner: an update in, a view out.</summary>
    [Benchmark(OperationsPerInvoke = Rows)]
    public LiveView? ApplyAndView()
    {
        _live.Apply(_update, _now += 100_000);
        return _live.View(_now);
    }

    private sealed class Sink(bool wants) : ILiveSink
    {
        public TimeSpan Interval => TimeSpan.FromMilliseconds(100);
        public bool Wants(int siteId) => wants;
        public void Send(LiveUpdate update) { }
    }
}
