using GrainAnalytics.Core.Limits;
using GrainAnalytics.Testing;
using Xunit;

namespace GrainAnalytics.Core.Tests.Limits;

public sealed class BucketTableTests
{
    private readonly FakeClock _clock = new();

    private BucketTable<int> Table(double perSecond, double burst, int most = 1000) => new(perSecond, burst, most, _clock);

    private static int TakeAll(BucketTable<int> table, int key, int tries) => Enumerable.Range(0, tries).Count(_ => table.TryTake(key, 1, out var _));

    [Fact]
    public void A_quiet_taker_has_its_burst_and_then_the_rate()
    {
        var table = Table(perSecond: 10, burst: 30);
        Assert.Equal(30, TakeAll(table, 1, 100));
        for (var second = 0; second < 5; second++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(10, TakeAll(table, 1, 100));
        }
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(30, TakeAll(table, 1, 100));
    }

    [Fact]
    public void Who_waits_as_long_as_told_gets_a_token_and_not_before()
    {
        var table = Table(perSecond: 4, burst: 1);
        Assert.True(table.TryTake(1, 1, out _));
        Assert.False(table.TryTake(1, 1, out var wait));
        Assert.Equal(TimeSpan.FromMilliseconds(250), wait);
        _clock.Advance(wait - TimeSpan.FromTicks(1));
        Assert.False(table.TryTake(1, 1, out _));
        _clock.Advance(TimeSpan.FromTicks(1));
        Assert.True(table.TryTake(1, 1, out _));
    }

    [Fact]
    public void Looking_takes_nothing()
    {
        var table = Table(perSecond: 1, burst: 2);
        for (var i = 0; i < 10; i++) Assert.True(table.TryTake(1, 0, out _));
        Assert.Equal(0, table.Count);
        Assert.Equal(2, TakeAll(table, 1, 10));
        Assert.False(table.TryTake(1, 0, out _));
    }

    [Fact]
    public void One_that_needs_more_than_a_full_bucket_passes_and_pays_it_off()
    {
        var table = Table(perSecond: 100, burst: 100);
        Assert.True(table.TryTake(1, 1000, out _));
        Assert.False(table.TryTake(1, 1, out var wait));
        // 900 are owed, and one must be there.
        Assert.Equal(9.01, wait.TotalSeconds, 6);
        _clock.Advance(wait);
        Assert.True(table.TryTake(1, 1000, out _));
    }

    [Fact]
    public void The_mean_is_kept_whatever_the_sizes()
    {
        var table = Table(perSecond: 50, burst: 100);
        var random = new Random(5);
        long taken = 0;
        for (var i = 0; i < 100_000; i++)
        {
            var size = random.Next(1, 300);
            if (table.TryTake(1, size, out _)) taken += size;
            _clock.Advance(TimeSpan.FromMilliseconds(10));
        }
        // 1,000 seconds, the burst at the beginning, and at most one request beyond.
        Assert.InRange(taken, 50_000 - 300, 50_000 + 100 + 300);
    }

    [Fact]
    public void Tokens_taken_in_vain_come_back()
    {
        var table = Table(perSecond: 1, burst: 10);
        Assert.True(table.TryTake(1, 10, out _));
        Assert.False(table.TryTake(1, 1, out _));
        table.Return(1, 4);
        Assert.Equal(4, TakeAll(table, 1, 10));
        table.Return(2, 5);     // nobody
        Assert.Equal(1, table.Count);
    }

    [Fact]
    public void Takers_do_not_share_and_threads_do()
    {
        var table = Table(perSecond: 1e-6, burst: 1000);
        var taken = new int[2];
        Parallel.For(0, 8, thread =>
        {
            for (var i = 0; i < 2000; i++)
                if (table.TryTake(thread % 2, 1, out _)) Interlocked.Increment(ref taken[thread % 2]);
        });
        Assert.Equal([1000, 1000], taken);
    }

    [Fact]
    public void Idle_takers_are_forgotten_and_busy_ones_kept()
    {
        var table = Table(perSecond: 1, burst: 10, most: 100);
        for (var i = 0; i < 100; i++) table.TryTake(i, i < 50 ? 1 : 10, out _);
        Assert.Equal(100, table.Count);
        _clock.Advance(TimeSpan.FromSeconds(2));        // the first fifty are full again
        table.TryTake(1000, 1, out _);
        Assert.Equal(51, table.Count);
        Assert.Equal(2, TakeAll(table, 99, 10));        // still counted
    }

    [Fact]
    public void When_it_is_full_of_busy_takers_others_are_not_limited_and_take_no_memory()
    {
        var table = Table(perSecond: 1, burst: 1, most: 100);
        for (var i = 0; i < 5000; i++) Assert.True(table.TryTake(i, 1, out _));
        Assert.Equal(100, table.Count);
        Assert.True(table.TryTake(4000, 1, out _));
        Assert.False(table.TryTake(50, 1, out _));
    }
}
