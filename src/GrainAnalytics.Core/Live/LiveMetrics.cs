using System.Diagnostics.Metrics;

namespace GrainAnalytics.Core.Live;

/// <summary>Measures the live feed of this process.</summary>
public sealed class LiveMetrics
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "GrainAnalytics.Live";

    private readonly Meter _meter;
    private readonly Counter<long> _updates, _frames, _dropped, _refused;

    /// <summary>Makes the instruments.</summary>
    public LiveMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _updates = _meter.CreateCounter<long>("grainanalytics.live.updates", "{update}", "Snapshots and updates sent to viewers.");
        _frames = _meter.CreateCounter<long>("grainanalytics.live.frames", "{frame}", "Snapshots and updates made; each may go to many viewers.");
        _dropped = _meter.CreateCounter<long>("grainanalytics.live.dropped", "{viewer}", "Viewers disconnected because they read too slowly.");
        _refused = _meter.CreateCounter<long>("grainanalytics.live.refused", "{viewer}", "Viewers refused because there were too many.");
    }

    /// <summary>Counts a viewer who was too slow.</summary>
    public void Dropped() => _dropped.Add(1);

    /// <summary>Adds nothing to every counter, so that each exists before it first counts.</summary>
    public void Announce()
    {
        foreach (var counter in (Counter<long>[])[_updates, _frames, _dropped, _refused]) counter.Add(0);
    }

    internal void Updated() => _updates.Add(1);

    internal void Framed() => _frames.Add(1);

    internal void Refused() => _refused.Add(1);

    internal void Observe(Func<int> viewers, Func<int> sites)
    {
        _meter.CreateObservableGauge("grainanalytics.live.viewers", viewers, "{viewer}", "Viewers of the live feed.");
        _meter.CreateObservableGauge("grainanalytics.live.sites", sites, "{site}", "Sites with live state for viewers of this process.");
    }
}
