using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.Testing;
using Xunit;
using static GrainAnalytics.Testing.TestEvents;

namespace GrainAnalytics.Core.Tests.Writing;

public sealed class WaitEstimateTests
{
    private readonly WaitEstimate _wait = new(writers: 2, maxFlushSize: 1000, longest: TimeSpan.FromSeconds(4));

    private void Flush(double milliseconds, int times)
    {
        for (var i = 0; i < times; i++) _wait.Flushed(TimeSpan.FromMilliseconds(milliseconds));
    }

    [Fact]
    public void It_is_the_backlog_divided_by_the_rate_of_commits()
    {
        Flush(40, 30);      // 1,000 events in 40 ms by each of two: 50,000 a second
        Assert.Equal(0.5, _wait.Of(25_000, TimeSpan.Zero).TotalSeconds, 3);
        Flush(200, 60);     // and now 10,000 a second
        Assert.Equal(2.5, _wait.Of(25_000, TimeSpan.Zero).TotalSeconds, 2);
    }

    [Fact]
    public void What_the_next_write_takes_does_not_wait()
    {
        Flush(3000, 20);
        Assert.Equal(TimeSpan.Zero, _wait.Of(999, TimeSpan.FromSeconds(3)));
    }

    [Fact]
    public void Small_writes_of_a_quiet_server_do_not_make_a_burst_look_hopeless()
    {
        Flush(2, 1000);     // one event each: 1,000 a second, if that counted
        Assert.InRange(_wait.Of(20_000, TimeSpan.Zero).TotalSeconds, 0, 0.1);
    }

    [Fact]
    public void A_write_that_hangs_makes_the_others_wait()
    {
        Flush(40, 30);
        Assert.Equal(0.04, _wait.Of(2000, TimeSpan.FromMilliseconds(60)).TotalSeconds, 3);
        Assert.Equal(1.04, _wait.Of(2000, TimeSpan.FromSeconds(1)).TotalSeconds, 3);
    }

    [Fact]
    public void One_write_that_took_minutes_is_soon_forgotten()
    {
        Flush(40, 30);
        _wait.Flushed(TimeSpan.FromMinutes(5));
        Flush(40, 20);
        Assert.InRange(_wait.Of(25_000, TimeSpan.Zero).TotalSeconds, 0.5, 1);
    }

    [Fact]
    public async Task A_buffer_with_a_backlog_behind_a_slow_write_says_so_and_lets_others_in_again_when_it_is_gone()
    {
        var clock = new FakeClock();
        var options = new IngestOptions { Writers = 1, MaxFlushSize = 10, FlushSize = 10 };
        await using var on = new WriteBufferHarness(options, clock);
        Assert.Equal(TimeSpan.Zero, on.Buffer.Status.ExpectedWait);
        on.Store.Close();
        var first = on.AddAsync(Make());
        await Wait.UntilAsync(() => on.Store.Writes.Count == 1, "the first write");
        var rest = on.AddAsync([.. Enumerable.Range(0, 50).Select(_ => Make())]);
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(TimeSpan.FromSeconds(2), on.Buffer.Status.ExpectedWait);
        on.Store.Open();
        await Wait.ForAsync(Task.WhenAll(first, rest), "the answers");
        Assert.Equal(TimeSpan.Zero, on.Buffer.Status.ExpectedWait);
        // The write that took two seconds is what the next backlog is measured by: five writes of two seconds and less.
        on.Store.Close();
        _ = on.AddAsync(Make());
        await Wait.UntilAsync(() => on.Store.Writes.Count == 7, "a further write");
        _ = on.AddAsync([.. Enumerable.Range(0, 50).Select(_ => Make())]);
        Assert.InRange(on.Buffer.Status.ExpectedWait, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(10));
    }
}
