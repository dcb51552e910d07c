using System.Diagnostics.Metrics;

namespace GrainAnalytics.Core.Spool;

/// <summary>Measures the spool.</summary>
public sealed class SpoolMetrics
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "GrainAnalytics.Spool";

    private readonly Meter _meter;
    private readonly Counter<long> _spooled, _delivered, _damaged, _refused;

    /// <summary>Makes the instruments.</summary>
    public SpoolMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _spooled = _meter.CreateCounter<long>("grainanalytics.spool.events.written", "{event}", "Events acknowledged because they were on disk.");
        _delivered = _meter.CreateCounter<long>("grainanalytics.spool.events.delivered", "{event}", "Events of the spool that the database decided: stored, duplicate or set aside.");
        _damaged = _meter.CreateCounter<long>("grainanalytics.spool.damaged", "{range}", "Damaged ranges of files that were set aside.");
        _refused = _meter.CreateCounter<long>("grainanalytics.spool.events.refused", "{event}", "Events that the spool had no room for, or could not write.");
    }

    /// <summary>Adds nothing to every counter, so that each exists before its first event.</summary>
    public void Announce()
    {
        foreach (var counter in (Counter<long>[])[_spooled, _delivered, _damaged, _refused]) counter.Add(0);
    }

    internal void Written(int events) => _spooled.Add(events);

    internal void Delivered(int events) => _delivered.Add(events);

    internal void Damaged(int ranges) => _damaged.Add(ranges);

    internal void Refused(int events) => _refused.Add(events);

    internal void Observe(Func<SpoolStatus> status)
    {
        _meter.CreateObservableGauge("grainanalytics.spool.backlog.events", () => status().Events, "{event}", "Events that wait in the spool.");
        _meter.CreateObservableGauge("grainanalytics.spool.backlog.bytes", () => status().Bytes, "By", "Bytes of the spool's files.");
        _meter.CreateObservableGauge("grainanalytics.spool.backlog.age", () => status().OldestSeconds, "s", "Since the oldest event of the spool arrived.");
    }
}

/// <summary>State of the spool.</summary>
/// <param name="Events">Acknowledged events that are not known to be delivered.</param>
/// <param name="Bytes">Bytes of its files.</param>
/// <param name="OldestSeconds">Since the oldest of them arrived; 0 when there are none.</param>
/// <param name="IsFull">True when the next event would be refused.</param>
public readonly record struct SpoolStatus(long Events, long Bytes, double OldestSeconds, bool IsFull);
