using GrainAnalytics.Core.Counters;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Live;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using Xunit;
using static GrainAnalytics.Testing.TestEvents;

namespace GrainAnalytics.Core.Tests.Live;

public sealed class SiteLiveTests
{
    private static readonly Site Site = new(7, "test", null, new SiteClock("Europe/Berlin"));
    private static readonly DateOnly Day = Site.Clock.DayOf(Noon);
    private readonly SiteLive _live = new(Site, new LiveOptions(), epoch: 5);

    [Fact]
    public void Nothing_is_shown_before_the_first_load()
    {
        _live.Apply(Update(counters: [Counter("view", 3, 1)]), Noon);
        Assert.Null(_live.View(Noon));
        Assert.Equal(new LiveRead(Day, WithActivity: true), _live.NextRead(Noon));
        Assert.Null(_live.NextRead(Noon + 10 * Instant.Second));        // one at a time
        _live.Failed();
        Assert.Null(_live.View(Noon + 10 * Instant.Second));
        Load(Noon + 11 * Instant.Second, [Counter("view", 2, 0), Counter("", 1, 1)]);
        var view = _live.View(Noon + 11 * Instant.Second)!;
        Assert.Equal((7, 5L, 1L, Day, 1L, 0L), (view.SiteId, view.Epoch, view.Sequence, view.Day, view.ActiveUsers, view.ActiveNow));
        Assert.Equal([new LiveTotal("view", 3, 1)], view.Types);
    }

    [Fact]
    public void The_view_is_the_same_object_until_something_changes()
    {
        Load(Noon, [Counter("view", 2, 1)]);
        var first = _live.View(Noon)!;
        _live.Apply(Update(counters: [Counter("view", 2, 1)]), Noon);
        _live.Apply(Update(counters: [Counter("view", 9, 5) with { Day = Day.AddDays(-1) }]), Noon);
        Assert.Same(first, _live.View(Noon + Instant.Second));
        _live.Apply(Update(users: [new SeenUser(1, Noon)]), Noon + Instant.Second);
        var second = _live.View(Noon + Instant.Second)!;
        Assert.Equal((2L, 1L), (second.Sequence, second.ActiveNow));
        Assert.Same(second, _live.View(Noon + 299 * Instant.Second));
        Assert.Equal((3L, 0L), (_live.View(Noon + 300 * Instant.Second)!.Sequence, _live.View(Noon + 300 * Instant.Second)!.ActiveNow));
    }

    [Fact]
    public void Updates_lost_repeated_and_in_any_order_end_in_the_same_totals_and_every_viewer_can_catch_up()
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            var live = new SiteLive(Site, new LiveOptions(), epoch: seed);
            var store = new Dictionary<(string Type, short Shard), CounterUpdate>();
            var updates = new List<LiveUpdate>();
            for (var i = 0; i < 120; i++)
            {
                var key = (Type: random.Next(6) is > 0 and var type ? $"type-{type}" : "", Shard: (short)random.Next(3));
                var known = store.GetValueOrDefault(key, Counter(key.Type, 0, 0, key.Shard));
                // Totals may fall.
                store[key] = known with { Total = Math.Max(0, known.Total + random.Next(-3, 8)), Version = known.Version + 1 };
                updates.Add(Update([store[key]], [Make(received: Noon + i)], [new SeenUser((ulong)random.Next(20), Noon)]));
            }
            var told = updates.Where(_ => random.Next(10) > 0).Concat(updates.Where(_ => random.Next(3) == 0)).ToArray();
            random.Shuffle(told);
            var viewers = Enumerable.Range(0, 4).Select(_ => new ViewerModel()).ToArray();
            foreach (var update in told)
            {
                live.Apply(update, Noon);
                if (random.Next(25) == 0) Load(live, Noon, [.. store.Values.Where(_ => random.Next(2) == 0)]);
                foreach (var viewer in viewers) if (random.Next(4) == 0) viewer.See(live.View(Noon));
            }
            Load(live, Noon + 60 * Instant.Second, [.. store.Values]);
            var view = live.View(Noon + 60 * Instant.Second)!;
            var expected = store.Values.Where(c => c.Type.Length > 0).GroupBy(c => c.Type).Select(g => (g.Key, g.Sum(c => c.Total))).Where(t => t.Item2 != 0).Order().ToArray();
            Assert.Equal(expected, view.Types.Where(t => t.Count != 0).Select(t => (t.Type, t.Count)).Order());
            Assert.Equal(store.Values.Where(c => c.Type.Length == 0).Sum(c => c.Total), view.ActiveUsers);
            foreach (var viewer in viewers)
            {
                viewer.See(view);
                Assert.Equal(expected, viewer.Totals);
                Assert.Equal(view.Latest.Select(e => e.Event.IdText), viewer.Latest);
            }
        }
    }

    [Fact]
    public void Counters_are_read_again_when_told_to_at_most_once_a_second_and_now_and_then_anyway()
    {
        Load(Noon, []);
        _live.Apply(Update(mustRead: true), Noon);
        Assert.Null(_live.NextRead(Noon + Instant.Second / 2));
        Assert.Equal(new LiveRead(Day, false), _live.NextRead(Noon + Instant.Second));
        _live.Apply(Update(mustRead: true), Noon + Instant.Second);     // while it reads: the read may not have seen it
        Loaded(Noon + Instant.Second, false, []);
        Assert.NotNull(_live.NextRead(Noon + 2 * Instant.Second));
        Loaded(Noon + 2 * Instant.Second, false, []);
        Assert.Null(_live.NextRead(Noon + 31 * Instant.Second));
        Assert.NotNull(_live.NextRead(Noon + 32 * Instant.Second));
    }

    [Fact]
    public void At_local_midnight_the_new_day_is_read_and_then_shown()
    {
        var midnight = Site.Clock.DayStart(Day.AddDays(1));
        Load(midnight - 2 * Instant.Second, [Counter("view", 9, 3), Counter("", 4, 2)]);
        var old = _live.View(midnight - 1)!;
        // An event of tomorrow, sent by a clock that is ahead: known to the store, and not part of today.
        _live.Apply(Update([Counter("view", 1, 1) with { Day = Day.AddDays(1), Hour = midnight }]), midnight - 1);
        Assert.Same(old, _live.View(midnight - 1));
        Assert.Null(_live.NextRead(midnight - 1));
        Assert.Same(old, _live.View(midnight));
        Assert.Equal(new LiveRead(Day.AddDays(1), false), _live.NextRead(midnight));
        _live.Apply(Update([Counter("click", 5, 2) with { Day = Day.AddDays(1), Hour = midnight }]), midnight);
        _live.Loaded(new LiveStored(new LiveRead(Day.AddDays(1), false), [Counter("view", 1, 1) with { Day = Day.AddDays(1), Hour = midnight }], null), midnight);
        var fresh = _live.View(midnight)!;
        Assert.Equal((Day.AddDays(1), 0L, 5L), (fresh.Day, fresh.ActiveUsers, fresh.Epoch));
        Assert.Equal([("click", 5), ("view", 1)], fresh.Types.Select(t => (t.Type, t.Count)).Order());
    }

    [Fact]
    public void A_read_that_midnight_overtook_is_made_again_for_the_new_day()
    {
        var midnight = Site.Clock.DayStart(Day.AddDays(1));
        Assert.Equal(new LiveRead(Day, true), _live.NextRead(midnight - 1));
        _live.Loaded(new LiveStored(new LiveRead(Day, true), [Counter("view", 9, 3)], new RecentActivity([], [])), midnight);
        Assert.Null(_live.View(midnight));
        Assert.Equal(new LiveRead(Day.AddDays(1), false), _live.NextRead(midnight));
        _live.Loaded(new LiveStored(new LiveRead(Day.AddDays(1), false), [], null), midnight);
        Assert.Equal(Day.AddDays(1), _live.View(midnight)!.Day);
    }

    [Fact]
    public void Of_too_many_types_the_largest_are_shown()
    {
        Load(Noon, [.. Enumerable.Range(1, LiveView.MaxTypes + 500).Select(i => Counter($"type-{i}", i, 1))]);
        var types = _live.View(Noon)!.Types;
        Assert.Equal(LiveView.MaxTypes, types.Count);
        Assert.Equal(501, types.Min(type => type.Count));
    }

    private static CounterUpdate Counter(string type, long total, long version, short shard = 0) =>
        new(Site.Id, Day, type.Length == 0 ? 0 : Site.Clock.HourStart(Noon), type, shard, total, version);

    private static LiveUpdate Update(CounterUpdate[]? counters = null, EncodedEvent[]? latest = null, SeenUser[]? users = null, bool mustRead = false) =>
        new(Site.Id, counters ?? [], latest ?? [], users ?? [], mustRead);

    private void Load(long now, CounterUpdate[] counters) => Load(_live, now, counters);

    private void Loaded(long now, bool withActivity, CounterUpdate[] counters) => Loaded(_live, now, withActivity, counters);

    private static void Load(SiteLive live, long now, CounterUpdate[] counters)
    {
        if (live.NextRead(now) is { } read) Loaded(live, now, read.WithActivity, counters);
    }

    private static void Loaded(SiteLive live, long now, bool withActivity, CounterUpdate[] counters) =>
        live.Loaded(new LiveStored(new LiveRead(Day, withActivity), counters, withActivity ? new RecentActivity([], []) : null), now);

    /// <summary>A client that takes a view now and then, and of it only what changed since its last.</summary>
    private sealed class ViewerModel
    {
        private readonly Dictionary<string, long> _totals = [];
        private readonly List<EncodedEvent> _latest = [];
        private long _sequence;

        public IEnumerable<(string, long)> Totals => _totals.Where(t => t.Value != 0).Select(t => (t.Key, t.Value)).Order();
        public IEnumerable<string> Latest => _latest.OrderByDescending(e => e.ReceivedAt).Take(20).Select(e => e.IdText);

        public void See(LiveView? view)
        {
            if (view is null) return;
            foreach (var type in view.Types) if (type.ChangedAt > _sequence) _totals[type.Type] = type.Count;
            foreach (var latest in view.Latest) if (latest.AddedAt > _sequence) _latest.Add(latest.Event);
            _sequence = view.Sequence;
        }
    }
}
