using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Live;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using static GrainAnalytics.Testing.TestEvents;

namespace GrainAnalytics.PostgreSql.Tests.Live;

/// <summary>The single-node engine, its collector and the owner of live state, on PostgreSQL and a clock of the test's.</summary>
public sealed class LocalLiveTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private readonly FakeClock _clock = new(new DateTimeOffset(2026, 3, 15, 22, 30, 0, TimeSpan.Zero));
    private CountingStore _store = null!;
    private LossyStore _lossy = null!;
    private LocalLive _live = null!;
    private LiveCollector _collector = null!;
    private SingleNodeEngine _engine = null!;
    private Site _site = null!;
    private volatile LiveView? _view;

    public async Task InitializeAsync()
    {
        _site = await postgres.AddSiteAsync("Europe/Berlin");       // 23:30 there
        _store = new CountingStore(postgres.Store);
        _lossy = new LossyStore(_store);
        var options = new LiveOptions();
        _live = new LocalLive(_store, options, _clock, NullLogger<LocalLive>.Instance);
        _collector = new LiveCollector(_live, options, _clock, NullLogger<LiveCollector>.Instance);
        // The engine keeps the real clock: its writers wait by it.
        _engine = postgres.StartSingleNode(store: _lossy, observers: [_collector]);
    }

    public async Task DisposeAsync()
    {
        await _engine.DisposeAsync();
        _collector.Dispose();
        _live.Dispose();
    }

    [Fact]
    public async Task What_is_shown_equals_the_rows_from_the_first_view_on()
    {
        var random = new Random(4);
        for (var i = 0; i < 30; i++)
        {
            if (i == 10) await WatchAsync();
            await StoreAsync([.. Enumerable.Range(0, random.Next(1, 20)).Select(_ => Event($"user-{random.Next(30)}", $"type-{random.Next(4)}", random.NextInt64(8 * 60)))]);
            _clock.Advance(TimeSpan.FromSeconds(1 + random.Next(20)));
            if (i >= 10) await AssertShownAsync();
        }
        Assert.Equal(1, _store.Activities);
    }

    [Fact]
    public async Task At_midnight_the_new_day_is_shown_with_what_was_stored_for_it_before()
    {
        await StoreAsync(Event("ada", "view", 0));
        await WatchAsync();
        // A sender whose clock is ahead: already tomorrow.
        await StoreAsync(Make("bob", "click", at: _clock.NowMicroseconds() + Instant.Hour, received: _clock.NowMicroseconds()));
        await AssertShownAsync();
        Assert.Equal(new DateOnly(2026, 3, 15), _view!.Day);
        _clock.Advance(TimeSpan.FromMinutes(30));
        await Wait.UntilAsync(() =>
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            return _view!.Day == new DateOnly(2026, 3, 16);
        }, "the new day");
        await AssertShownAsync();
        Assert.Equal([("click", 1L)], _view!.Types.Select(t => (t.Type, t.Count)));
        await StoreAsync(Event("eve", "view", 0));
        await AssertShownAsync();
    }

    [Fact]
    public async Task Counters_of_a_commit_whose_answer_was_lost_are_read_again()
    {
        await WatchAsync();
        await StoreAsync(Event("ada", "view", 0));
        _lossy.Losses = 1;
        await StoreAsync(Event("bob", "view", 0), Event("bob", "click", 0));
        _clock.Advance(TimeSpan.FromSeconds(1));
        await AssertShownAsync();
    }

    [Fact]
    public async Task What_another_process_stored_is_found_by_the_refresh()
    {
        await WatchAsync();
        await using (var other = postgres.StartSingleNode())
            Assert.Equal([IngestOutcome.Stored], await other.AppendAsync(_site, [Event("ada", "view", 0)], default));
        _clock.Advance(TimeSpan.FromSeconds(29));
        Assert.Empty(_view!.Types);
        _clock.Advance(TimeSpan.FromSeconds(2));
        await Wait.UntilAsync(() => _view!.Types.Count == 1, "the refresh");
    }

    [Fact]
    public async Task A_store_that_is_away_fails_the_beginning_and_only_delays_a_refresh()
    {
        _store.IsAway = true;
        await Assert.ThrowsAsync<EventStoreException>(() => _live.BeginAsync(_site, _ => { }, default));
        Assert.False(_live.Wants(_site.Id));
        _store.IsAway = false;
        await WatchAsync();
        _store.IsAway = true;
        await StoreAsync(Event("ada", "view", 0));
        _clock.Advance(TimeSpan.FromSeconds(45));
        await AssertShownAsync();
        _store.IsAway = false;
        var reads = _store.Days;
        _clock.Advance(TimeSpan.FromSeconds(1));
        await Wait.UntilAsync(() => _store.Days > reads, "the next read");
    }

    [Fact]
    public async Task An_unwatched_site_costs_no_read()
    {
        await (await WatchAsync()).DisposeAsync();
        Assert.False(_live.Wants(_site.Id));
        var (days, view) = (_store.Days, _view);
        await StoreAsync(Event("ada", "view", 0));
        _clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal((days, 1), (_store.Days, _store.Activities));
        Assert.Same(view, _view);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    public async Task The_store_is_asked_as_often_for_a_thousand_viewers_as_for_one(int viewers)
    {
        await using var hub = new LiveHub(_live, new NoFormat(), new LiveOptions(), new LiveMetrics(new TestMeters()), _clock, NullLogger<LiveHub>.Instance);
        var watches = Enumerable.Range(0, viewers).Select(_ => hub.TryWatch(_site)!).ToArray();
        foreach (var watch in watches) await watch.NextAsync(default);
        _clock.Advance(TimeSpan.FromSeconds(1));
        await StoreAsync(Event("ada", "view", 0));
        foreach (var watch in watches) await Wait.ForAsync(watch.NextAsync(default).AsTask(), "the update");
        Assert.Equal((1, 1), (_store.Days, _store.Activities));
        _clock.Advance(TimeSpan.FromSeconds(31));
        await Wait.UntilAsync(() => _store.Days == 2, "the refresh");
        Assert.Equal(1, _store.Activities);
        foreach (var watch in watches) watch.Dispose();
    }

    private sealed class NoFormat : ILiveFormat
    {
        public byte[] Heartbeat => [];
        public byte[] Snapshot(Site site, LiveView view) => [];
        public byte[] Update(LiveView view, long since) => [];
    }

    private async Task<IAsyncDisposable> WatchAsync()
    {
        var subscription = await _live.BeginAsync(_site, view =>
        {
            // As the hub does: of one life the higher sequence is the newer.
            if (_view is null || _view.Epoch != view.Epoch || _view.Sequence < view.Sequence) _view = view;
        }, default);
        Assert.NotNull(_view);
        return subscription;
    }

    private Core.Events.EncodedEvent Event(string user, string type, long secondsAgo)
    {
        var at = _clock.NowMicroseconds() - secondsAgo * Instant.Second;
        return Make(user, type, at: at, received: at);
    }

    private async Task StoreAsync(params Core.Events.EncodedEvent[] events) =>
        Assert.All(await _engine.AppendAsync(_site, events, default), outcome => Assert.Equal(IngestOutcome.Stored, outcome));

    private async Task AssertShownAsync()
    {
        var now = _clock.NowMicroseconds();
        var counters = await postgres.ScalarAsync<string>("""
            select coalesce(string_agg(type || ' ' || n, ', ' order by type), '') from (
              select type, count(*) as n from events where site_id = $1 and (occurred_at at time zone 'Europe/Berlin')::date = $2 group by type) t
            """, _site.Id, _site.Clock.DayOf(now));
        var users = await postgres.ScalarAsync<long>("""
            select count(distinct user_id) from events where site_id = $1 and (occurred_at at time zone 'Europe/Berlin')::date = $2
            """, _site.Id, _site.Clock.DayOf(now));
        var active = await postgres.ScalarAsync<long>("select count(distinct user_id) from events where site_id = $1 and least(occurred_at, received_at) > $2",
            _site.Id, Instant.ToDateTime(now - 300 * Instant.Second));
        var latest = await postgres.ScalarAsync<string>("""
            select coalesce(string_agg(key::text, ' ' order by received_at desc, occurred_at desc, key desc), '') from (
              select * from events where site_id = $1 order by received_at desc, occurred_at desc, key desc limit 20) e
            """, _site.Id);
        await Wait.UntilAsync(() =>
        {
            _clock.Advance(TimeSpan.Zero);
            var shown = _view!;
            return (counters, users, active, latest) == (string.Join(", ", shown.Types.OrderBy(t => t.Type, StringComparer.Ordinal).Select(t => $"{t.Type} {t.Count}")),
                shown.ActiveUsers, shown.ActiveNow, string.Join(' ', shown.Latest.Select(e => e.Event.Key.ToGuid())));
        }, $"a view with {counters}; {users} users, {active} now; {latest}");
    }
}
