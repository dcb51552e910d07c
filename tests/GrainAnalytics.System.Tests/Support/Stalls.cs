using System.Diagnostics;

namespace GrainAnalytics.System.Tests.Support;

/// <summary>Notices when the machine stands still, servers and clients alike: what is late then is nobody's fault.</summary>
internal sealed class Stalls : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100), Noticeable = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _over = new();
    private long _longest;

    public Stalls() => _ = Task.Run(WatchAsync);

    /// <summary>The longest time between two looks at the clock that should have been a tenth of a second apart.</summary>
    public TimeSpan Longest => TimeSpan.FromTicks(Volatile.Read(ref _longest));

    /// <summary>True when the machine stood still for so long that time limits are missed by programs that keep them.</summary>
    public bool AreNoticeable => Longest > Noticeable;

    public void Dispose() => _over.Cancel();

    private async Task WatchAsync()
    {
        for (var last = Stopwatch.GetTimestamp(); !_over.IsCancellationRequested;)
        {
            await Task.Delay(Tick, _over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var gap = Stopwatch.GetElapsedTime(last).Ticks;
            if (gap > _longest) Volatile.Write(ref _longest, gap);
            last = Stopwatch.GetTimestamp();
        }
    }
}
