using System.Diagnostics;

namespace GrainAnalytics.Cli.Load;

/// <summary>What all clients of a load share while it runs.</summary>
internal sealed class LoadState(LoadSettings settings) : IDisposable
{
    private readonly AckLog? _log = settings.AckedFile is { } path ? new AckLog(path) : null;
    private long _begun, _acknowledged, _refused, _lastAcknowledgedAt = Stopwatch.GetTimestamp(), _longestSilence;

    /// <summary>Events that were acknowledged, each of them recorded before it was counted.</summary>
    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    /// <summary>Attempts that ended in anything but a 202.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Longest time in which no client was told 202, up to now.</summary>
    public TimeSpan LongestSilence => TimeSpan.FromTicks(Math.Max(Interlocked.Read(ref _longestSilence),
        Stopwatch.GetElapsedTime(Interlocked.Read(ref _lastAcknowledgedAt)).Ticks));

    /// <summary>Gives a client its share of the events that are still to be sent.</summary>
    public int Take(int most)
    {
        if (settings.Count == 0) return most;
        var begun = Interlocked.Add(ref _begun, most);
        return (int)Math.Clamp(settings.Count - (begun - most), 0, most);
    }

    /// <summary>Records acknowledged events, then counts them.</summary>
    /// <param name="events">How many.</param>
    /// <param name="lines">Their lines.</param>
    public void Acknowledge(int events, ReadOnlySpan<byte> lines)
    {
        _log?.Append(lines);
        Interlocked.Add(ref _acknowledged, events);
        var now = Stopwatch.GetTimestamp();
        var silence = Stopwatch.GetElapsedTime(Interlocked.Exchange(ref _lastAcknowledgedAt, now), now).Ticks;
        for (long known; (known = Interlocked.Read(ref _longestSilence)) < silence;) Interlocked.CompareExchange(ref _longestSilence, silence, known);
    }

    public void Refuse() => Interlocked.Increment(ref _refused);

    public void Dispose() => _log?.Dispose();
}
