using System.Diagnostics.Metrics;

namespace GrainAnalytics.Core.Ingestion;

/// <summary>Counts events by what became of them.</summary>
public sealed class IngestMetrics
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "GrainAnalytics.Ingest";

    private static readonly KeyValuePair<string, object?>[] Tags =
        [.. Enum.GetValues<IngestOutcome>().Select(o => new KeyValuePair<string, object?>("outcome", o.Code()))];

    private readonly Counter<long> _received, _stored, _duplicate, _rejected, _refused;

    /// <summary>Makes the instruments.</summary>
    public IngestMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _received = meter.CreateCounter<long>("grainanalytics.events.received", "{event}", "Events that arrived in requests that could be parsed.");
        _stored = meter.CreateCounter<long>("grainanalytics.events.stored", "{event}", "Events committed to the database.");
        _duplicate = meter.CreateCounter<long>("grainanalytics.events.duplicate", "{event}", "Events whose id was stored before.");
        _rejected = meter.CreateCounter<long>("grainanalytics.events.rejected", "{event}", "Events rejected one by one, by reason.");
        _refused = meter.CreateCounter<long>("grainanalytics.ingest.requests.refused", "{request}", "Requests refused as a whole, by reason.");
    }

    /// <summary>Counts events that a commit stored.</summary>
    public void Stored(int events)
    {
        if (events > 0) _stored.Add(events);
    }

    /// <summary>Counts events whose id was known already.</summary>
    public void Duplicate(int events)
    {
        if (events > 0) _duplicate.Add(events);
    }

    /// <summary>Counts a request that was refused before it came to the pipeline.</summary>
    public void Refused(IngestOutcome outcome) => _refused.Add(1, Tags[(int)outcome]);

    /// <summary>Adds nothing to every counter of events, so that each exists before its first event.</summary>
    public void Announce()
    {
        foreach (var counter in (Counter<long>[])[_received, _stored, _duplicate]) counter.Add(0);
        foreach (var outcome in Enum.GetValues<IngestOutcome>()) if (outcome.IsRowRefusal()) _rejected.Add(0, Tags[(int)outcome]);
    }

    internal void Record(IngestContext context, IngestOutcome outcome)
    {
        if (context.Count > 0) _received.Add(context.Count);
        foreach (var error in context.Errors) _rejected.Add(1, Tags[(int)error.Outcome]);
        if (outcome != IngestOutcome.Accepted) _refused.Add(1, Tags[(int)outcome]);
    }
}
