using System.Diagnostics.Metrics;

namespace GrainAnalytics.Core.Erasures;

/// <summary>Measures erasures.</summary>
public sealed class ErasureMetrics
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "GrainAnalytics.Erasures";

    private readonly Counter<long> _users, _removed, _refused;
    private long _refusedEvents;

    /// <summary>Makes the instruments.</summary>
    public ErasureMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _users = meter.CreateCounter<long>("grainanalytics.erased.users", "{user}", "Erasures of users that were done.");
        _removed = meter.CreateCounter<long>("grainanalytics.erased.events", "{event}", "Stored events that erasures removed.");
        _refused = meter.CreateCounter<long>("grainanalytics.erased.events.refused", "{event}",
            "Events that arrived before their user was erased and were on their way in a spool or among dead letters: refused.");
    }

    /// <summary>Events that were refused, since the process started.</summary>
    public long RefusedEvents => Interlocked.Read(ref _refusedEvents);

    /// <summary>Adds nothing to every counter, so that each exists before it first counts.</summary>
    public void Announce()
    {
        foreach (var counter in (Counter<long>[])[_users, _removed, _refused]) counter.Add(0);
    }

    internal void Erased(ErasureReceipt receipt)
    {
        _users.Add(1);
        _removed.Add(receipt.Events);
    }

    internal void Refused(int events)
    {
        if (events == 0) return;
        Interlocked.Add(ref _refusedEvents, events);
        _refused.Add(events);
    }
}
