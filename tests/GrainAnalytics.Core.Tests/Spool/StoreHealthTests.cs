using GrainAnalytics.Core.Writing;
using GrainAnalytics.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace GrainAnalytics.Core.Tests.Spool;

public sealed class StoreHealthTests : IAsyncDisposable
{
    private readonly StoreHealth _health = new(TimeProvider.System, NullLogger<StoreHealth>.Instance);
    private readonly CancellationTokenSource _stop = new();
    private Func<CancellationToken, Task<bool>> _ping = _ => Task.FromResult(true);
    private int _pings;
    private readonly Task _probing;

    public StoreHealthTests() => _probing = _health.RunAsync(cancel =>
    {
        Interlocked.Increment(ref _pings);
        return _ping(cancel);
    }, _stop.Token);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _probing);
    }

    [Fact]
    public async Task Without_doubt_nobody_is_asked()
    {
        await Task.Delay(50);
        Assert.Equal(0, _pings);
        Assert.False(_health.IsAway);
    }

    [Fact]
    public async Task Doubt_that_the_probe_confirms_means_away_until_it_answers()
    {
        var silence = new TaskCompletionSource<bool>();
        _ping = _ => silence.Task;
        var here = _health.WhileHere;
        var heard = 0;
        _health.WentAway += () => Interlocked.Increment(ref heard);
        _health.Doubt();
        await Wait.UntilAsync(() => _health.IsAway && here.IsCancellationRequested && Volatile.Read(ref heard) > 0, "the store being away, and those who wait hearing of it");
        Assert.Equal(1, heard);
        _ping = _ => Task.FromResult(true);
        await Wait.UntilAsync(() => !_health.IsAway, "the store being back");
        Assert.False(_health.WhileHere.IsCancellationRequested);
    }

    [Fact]
    public async Task Doubt_that_the_probe_does_not_confirm_changes_nothing()
    {
        _health.Doubt();
        await Wait.UntilAsync(() => _pings == 1, "a probe");
        await Task.Delay(50);
        Assert.False(_health.IsAway);
        Assert.Equal(1, _pings);
    }

    [Fact]
    public async Task With_writes_waiting_only_a_write_says_that_the_store_is_back()
    {
        _health.IsIdle = () => false;
        _health.Failed("gone");
        await Wait.UntilAsync(() => _pings >= 2, "two probes");
        Assert.True(_health.IsAway);
        _health.Answered();
        Assert.False(_health.IsAway);
    }

    [Fact]
    public async Task Read_that_hangs_ends_when_the_store_is_found_to_be_away()
    {
        _ping = _ => Task.FromResult(false);
        var hanging = new TaskCompletionSource<int>();
        var error = await Assert.ThrowsAsync<EventStoreException>(() => Wait.ForAsync(_health.ReadAsync(() => hanging.Task), "the end of the wait"));
        Assert.Equal(StoreFailure.Away, error.Failure);
        var isAsked = false;
        await Assert.ThrowsAsync<EventStoreException>(() => _health.ReadAsync(() => Task.FromResult(isAsked = true)));
        Assert.False(isAsked);
        _health.Answered();
        Assert.Equal(7, await _health.ReadAsync(() => Task.FromResult(7)));
    }
}
