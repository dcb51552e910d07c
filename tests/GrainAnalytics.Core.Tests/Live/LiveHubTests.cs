using System.Collections.Concurrent;
using System.Text;
using GrainAnalytics.Core.Live;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace GrainAnalytics.Core.Tests.Live;

public sealed class LiveHubTests : IAsyncDisposable
{
    private static readonly Site Site = new(1, "one", null, SiteClock.Utc), Other = new(2, "two", null, SiteClock.Utc);
    private static readonly DateOnly Day = new(2026, 3, 15);
    private readonly FakeClock _clock = new();
    private readonly FakeUpstream _upstream = new();
    private readonly TextFormat _format = new();
    private readonly LiveHub _hub;

    public LiveHubTests() => _hub = new LiveHub(_upstream, _format, new LiveOptions { MaxViewers = 50 }, new LiveMetrics(new TestMeters()), _clock, NullLogger<LiveHub>.Instance);

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    [Fact]
    public async Task A_viewer_gets_a_snapshot_then_updates_at_most_ten_a_second()
    {
        using var watch = _hub.TryWatch(Site)!;
        var first = watch.NextAsync(default).AsTask();
        (await _upstream.PushAsync(1))(View(1));
        Assert.Equal("snapshot 1", await TextAsync(first));
        var next = watch.NextAsync(default).AsTask();
        for (var i = 2; i < 10; i++) _upstream.Push(View(i));
        Assert.False(next.IsCompleted);
        _clock.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal("update 9 since 1", await TextAsync(next));
        _clock.Advance(TimeSpan.FromMilliseconds(100));
        next = watch.NextAsync(default).AsTask();
        _upstream.Push(View(10));       // after a pause at once
        Assert.Equal("update 10 since 9", await TextAsync(next));
    }

    [Fact]
    public async Task A_thousand_takes_of_the_same_update_cost_one_frame_and_one_subscription()
    {
        var watches = Enumerable.Range(0, 50).Select(_ => _hub.TryWatch(Site)!).ToArray();
        (await _upstream.PushAsync(1))(View(1));
        for (var i = 1; i <= 20; i++)
        {
            foreach (var watch in watches) Assert.Equal(i == 1 ? "snapshot 1" : $"update {i} since {i - 1}", await TextAsync(watch.NextAsync(default).AsTask()));
            _clock.Advance(TimeSpan.FromMilliseconds(100));
            _upstream.Push(View(i + 1));
        }
        Assert.Equal(20, _format.Made.Count);
        Assert.Equal(1, _upstream.Begun);
        foreach (var watch in watches) watch.Dispose();
    }

    [Fact]
    public async Task A_viewer_who_is_not_ready_holds_nobody_up_and_catches_up_in_one_piece()
    {
        using LiveWatch slow = _hub.TryWatch(Site)!, quick = _hub.TryWatch(Site)!;
        (await _upstream.PushAsync(1))(View(1));
        await TextAsync(slow.NextAsync(default).AsTask());
        await TextAsync(quick.NextAsync(default).AsTask());
        for (var i = 2; i <= 30; i++)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(100));
            _upstream.Push(View(i));
            Assert.Equal($"update {i} since {i - 1}", await TextAsync(quick.NextAsync(default).AsTask()));
        }
        Assert.Equal("update 30 since 1", await TextAsync(slow.NextAsync(default).AsTask()));
    }

    [Fact]
    public async Task Views_that_come_late_or_twice_are_ignored()
    {
        using var watch = _hub.TryWatch(Site)!;
        (await _upstream.PushAsync(1))(View(5));
        await TextAsync(watch.NextAsync(default).AsTask());
        _clock.Advance(TimeSpan.FromSeconds(1));
        foreach (var late in new[] { 5, 3, 4 }) _upstream.Push(View(late));
        var next = watch.NextAsync(default).AsTask();
        Assert.False(next.IsCompleted);
        _upstream.Push(View(6));
        Assert.Equal("update 6 since 5", await TextAsync(next));
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 0)]
    public async Task A_new_day_and_a_new_owner_make_a_fresh_snapshot(long epoch, int days)
    {
        using var watch = _hub.TryWatch(Site)!;
        (await _upstream.PushAsync(1))(View(5));
        await TextAsync(watch.NextAsync(default).AsTask());
        _clock.Advance(TimeSpan.FromSeconds(1));
        _upstream.Push(View(6) with { Epoch = epoch, Day = Day.AddDays(days) });
        Assert.Equal("snapshot 6", await TextAsync(watch.NextAsync(default).AsTask()));
    }

    [Fact]
    public async Task A_quiet_stream_gets_a_heartbeat()
    {
        using var watch = _hub.TryWatch(Site)!;
        (await _upstream.PushAsync(1))(View(1));
        await TextAsync(watch.NextAsync(default).AsTask());
        for (var i = 0; i < 3; i++)
        {
            var next = watch.NextAsync(default).AsTask();
            _clock.Advance(TimeSpan.FromSeconds(14));
            Assert.False(next.IsCompleted);
            _clock.Advance(TimeSpan.FromSeconds(2));
            Assert.Equal("heartbeat", await TextAsync(next));
        }
    }

    [Fact]
    public async Task Viewers_beyond_the_limit_are_refused_until_one_leaves()
    {
        var watches = Enumerable.Range(0, 50).Select(i => _hub.TryWatch(i % 2 == 0 ? Site : Other)!).ToArray();
        Assert.Null(_hub.TryWatch(Site));
        watches[3].Dispose();
        watches[3].Dispose();       // twice is once
        using var one = _hub.TryWatch(Site);
        Assert.NotNull(one);
        Assert.Null(_hub.TryWatch(Site));
        Assert.Equal(50, _hub.Viewers);
        await _upstream.PushAsync(2);
        foreach (var watch in watches) watch.Dispose();
    }

    [Fact]
    public async Task A_site_is_followed_for_a_while_after_its_last_viewer()
    {
        _hub.TryWatch(Site)!.Dispose();
        (await _upstream.PushAsync(1))(View(1));
        _clock.Advance(TimeSpan.FromSeconds(20));
        using (var again = _hub.TryWatch(Site)!) Assert.Equal("snapshot 1", await TextAsync(again.NextAsync(default).AsTask()));
        Assert.Equal((1, 0), (_upstream.Begun, _upstream.Ended));
        _clock.Advance(TimeSpan.FromSeconds(32));
        await Wait.UntilAsync(() => _upstream.Ended == 1, "the end of the subscription");
        using var later = _hub.TryWatch(Site)!;
        await _upstream.PushAsync(2);
    }

    [Fact]
    public async Task A_site_that_cannot_be_followed_fails_its_viewers_and_is_tried_again()
    {
        _upstream.Failure = new EventStoreException(StoreFailure.Away, false, "away");
        using (LiveWatch one = _hub.TryWatch(Site)!, other = _hub.TryWatch(Site)!)
            foreach (var watch in new[] { one, other })
                await Assert.ThrowsAsync<EventStoreException>(() => watch.NextAsync(default).AsTask());
        _upstream.Failure = null;
        using var again = _hub.TryWatch(Site)!;
        (await _upstream.PushAsync(1))(View(1));
        Assert.Equal("snapshot 1", await TextAsync(again.NextAsync(default).AsTask()));
    }

    [Fact]
    public async Task Waiting_ends_with_its_token()
    {
        using var watch = _hub.TryWatch(Site)!;
        (await _upstream.PushAsync(1))(View(1));
        await TextAsync(watch.NextAsync(default).AsTask());
        using var leaves = new CancellationTokenSource();
        var next = watch.NextAsync(leaves.Token).AsTask();
        await leaves.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
    }

    private static LiveView View(long sequence) => new(1, 1, sequence, Day, 0, 0, [], []);

    private static async Task<string> TextAsync(Task<byte[]> frame) => Encoding.UTF8.GetString(await Wait.ForAsync(frame, "the next piece"));

    private sealed class TextFormat : ILiveFormat
    {
        public ConcurrentQueue<string> Made { get; } = [];
        public byte[] Heartbeat { get; } = "heartbeat"u8.ToArray();
        public byte[] Snapshot(Site site, LiveView view) => Make($"snapshot {view.Sequence}");
        public byte[] Update(LiveView view, long since) => Make($"update {view.Sequence} since {since}");

        private byte[] Make(string text)
        {
            Made.Enqueue(text);
            return Encoding.UTF8.GetBytes(text);
        }
    }

    private sealed class FakeUpstream : ILiveUpstream
    {
        private readonly ConcurrentQueue<Action<LiveView>> _pushes = [];
        private int _ended;

        public EventStoreException? Failure { get; set; }
        public int Begun => _pushes.Count;
        public int Ended => Volatile.Read(ref _ended);
        public Action<LiveView> Push => _pushes.Last();

        /// <summary>Waits for a number of subscriptions and gives the newest one's push.</summary>
        public async Task<Action<LiveView>> PushAsync(int begun)
        {
            await Wait.UntilAsync(() => Begun == begun, $"subscription {begun}");
            return _pushes.Last();
        }

        public Task<IAsyncDisposable> BeginAsync(Site site, Action<LiveView> push, CancellationToken cancel)
        {
            if (Failure is { } failure) throw failure;
            _pushes.Enqueue(push);
            return Task.FromResult<IAsyncDisposable>(new Subscription(this));
        }

        private sealed class Subscription(FakeUpstream upstream) : IAsyncDisposable
        {
            public ValueTask DisposeAsync()
            {
                Interlocked.Increment(ref upstream._ended);
                return default;
            }
        }
    }
}
