using System.Collections.Concurrent;
using GrainAnalytics.Core.Counters;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Live;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using static GrainAnalytics.Testing.TestEvents;

namespace GrainAnalytics.Core.Tests.Live;

public sealed class LiveCollectorTests : IDisposable
{
    private static readonly Site One = new(1, "one", null, SiteClock.Utc), Two = new(2, "two", null, SiteClock.Utc);
    private readonly FakeClock _clock = new();
    private readonly RecordingSink _sink = new();
    private readonly LiveCollector _collector;

    public LiveCollectorTests() => _collector = new LiveCollector(_sink, new LiveOptions(), _clock, NullLogger<LiveCollector>.Instance);

    public void Dispose() => _collector.Dispose();

    [Fact]
    public async Task The_first_change_is_told_at_once_and_what_follows_once_an_interval()
    {
        _sink.Watched.Add(1);
        Commit([Event()], Counter(1, 1));
        await SentAsync(1);
        for (var i = 2; i <= 50; i++) Commit([Event()], Counter(i, i));
        _clock.Advance(TimeSpan.FromMilliseconds(99));
        Assert.Single(_sink.Updates);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        await SentAsync(2);
        var second = _sink.Updates.Last();
        Assert.Equal(Counter(50, 50), Assert.Single(second.Counters));
        Assert.Equal(20, second.Latest.Count);
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(2, _sink.Updates.Count);       // nothing new, nothing told
        Commit([Event()]);
        await SentAsync(3);                         // after a pause at once again
    }

    [Fact]
    public async Task A_flood_is_told_ten_times_a_second_and_ends_with_the_last_values()
    {
        _sink.Watched.Add(1);
        Commit([Event()]);
        await SentAsync(1);     // on another thread; the others on the clock's
        for (var i = 1; i <= 2000; i++)
        {
            Commit([Event($"user-{i % 7}")], Counter(i, i));
            _clock.Advance(TimeSpan.FromMilliseconds(1));
        }
        Assert.Equal(21, _sink.Updates.Count);
        Assert.Equal(2000, Assert.Single(_sink.Updates.Last().Counters).Version);
        Assert.Equal(7, _sink.Updates.Skip(1).SelectMany(u => u.Users).Select(u => u.Hash).Distinct().Count());
    }

    [Fact]
    public async Task Only_watched_sites_are_told_and_each_of_its_own()
    {
        Commit([Row(One, Event("a")), Row(Two, Event("b"))], [true, true]);
        _sink.Watched.Add(2);
        Commit([Row(One, Event("a")), Row(Two, Event("b")), Row(Two, Event("c"))], [true, true, false], Counter(4, 4), Counter(5, 5) with { SiteId = 2 });
        await SentAsync(1);
        var update = Assert.Single(_sink.Updates);
        Assert.Equal((2, 5L, "b"), (update.SiteId, Assert.Single(update.Counters).Total, Assert.Single(update.Latest).UserIdText));
        Assert.Equal(UserHash.Of("b"u8), Assert.Single(update.Users).Hash);
    }

    [Fact]
    public async Task A_site_that_is_not_watched_any_more_is_let_go_and_taken_up_again()
    {
        _sink.Watched.Add(1);
        Commit([Event()]);
        await SentAsync(1);
        Commit([Event()]);
        _sink.Watched.Clear();
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, _clock.Timers);
        _sink.Watched.Add(1);
        Commit([Event()]);
        await SentAsync(2);
    }

    [Fact]
    public async Task Duplicates_uncounted_types_and_events_of_long_ago_make_no_active_user()
    {
        _sink.Watched.Add(1);
        var now = _clock.NowMicroseconds();
        Commit([Row(One, Event("duplicate")), Row(One, Event("uncounted", "identify")), Row(One, Event("late", at: now - 301 * Instant.Second)),
            Row(One, Event("ahead", at: now + Instant.Hour))], [false, true, true, true]);
        await SentAsync(1);
        var update = Assert.Single(_sink.Updates);
        Assert.Equal(new SeenUser(UserHash.Of("ahead"u8), now), Assert.Single(update.Users));
        Assert.Equal(["ahead", "late", "uncounted"], update.Latest.Select(e => e.UserIdText).Order());
        Assert.False(update.MustReadCounters);
    }

    [Fact]
    public async Task Counters_that_a_commit_cannot_tell_must_be_read()
    {
        _sink.Watched.Add(1);
        Commit([Event()]);
        await SentAsync(1);
        _collector.Committed([Row(One, Event())], new WriteResult([true], [], HasClaims: true));
        Commit([Event()]);
        _clock.Advance(TimeSpan.FromMilliseconds(100));
        await SentAsync(2);
        Assert.Equal([false, true], _sink.Updates.Select(u => u.MustReadCounters));
    }

    [Fact]
    public async Task A_sink_that_fails_costs_the_update_and_nothing_else()
    {
        _sink.Watched.Add(1);
        var failed = 0;
        _sink.OnSend = _ =>
        {
            Interlocked.Increment(ref failed);
            throw new InvalidOperationException("the owner is gone");
        };
        Commit([Event()]);
        await Wait.UntilAsync(() => Volatile.Read(ref failed) == 1, "the first update");
        _sink.OnSend = _ => { };
        Commit([Event()]);
        _clock.Advance(TimeSpan.FromMilliseconds(100));
        await SentAsync(1);
    }

    private Task SentAsync(int count) => Wait.UntilAsync(() => _sink.Updates.Count == count, $"update {count}");

    private EncodedEvent Event(string user = "ada", string type = "view", long? at = null) =>
        Make(user, type, at: at ?? _clock.NowMicroseconds(), received: _clock.NowMicroseconds());

    private void Commit(EncodedEvent[] events, params CounterUpdate[] counters) =>
        Commit([.. events.Select(e => Row(One, e))], [.. events.Select(_ => true)], counters);

    private void Commit(EventRow[] rows, bool[] stored, params CounterUpdate[] counters) => _collector.Committed(rows, new WriteResult(stored, counters));

    private CounterUpdate Counter(long total, long version) =>
        new(1, One.Clock.DayOf(_clock.NowMicroseconds()), Noon, "view", 0, total, version);

    private sealed class RecordingSink : ILiveSink
    {
        private int _sends;
        public ConcurrentBag<int> Watched { get; } = [];
        public ConcurrentQueue<LiveUpdate> Updates { get; } = [];
        public Action<LiveUpdate> OnSend { get; set; } = _ => { };
        public int Sends => Volatile.Read(ref _sends);

        public TimeSpan Interval => TimeSpan.FromMilliseconds(100);

        public bool Wants(int siteId) => Watched.Contains(siteId);

        public void Send(LiveUpdate update)
        {
            Interlocked.Increment(ref _sends);
            OnSend(update);
            Updates.Enqueue(update);
        }
    }
}
