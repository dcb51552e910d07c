using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Events;

namespace GrainAnalytics.Core.Ingestion;

/// <summary>Hands the events to the engine and waits until they are stored or on disk.</summary>
internal sealed class DeliverStep(IAnalyticsEngine engine, IngestMetrics metrics) : IIngestStep
{
    public async ValueTask<IngestOutcome> RunAsync(IngestContext context, CancellationToken cancel)
    {
        var events = context.Events;
        var verdicts = new IngestOutcome[events.Length];
        var delivered = events.Length == 1 ? events : WithoutRepeats(context, verdicts);
        var outcomes = await engine.AppendAsync(context.Access!.Site, delivered, cancel).ConfigureAwait(false);
        var taken = 0;
        for (int i = 0, next = 0; i < events.Length; i++)
        {
            if (events[i].IsEmpty || verdicts[i] == IngestOutcome.Duplicate) continue;
            verdicts[i] = outcomes[next++];
            if (verdicts[i] is IngestOutcome.Stored or IngestOutcome.Duplicate or IngestOutcome.Spooled) taken++;
            if (verdicts[i].IsRequestRefusal()) return verdicts[i];
            if (verdicts[i].IsRowRefusal())
                context.AddError(new IngestError(i, verdicts[i], "The database refused the event; it was set aside."));
        }
        for (var i = 0; i < events.Length; i++) if (events[i].IsEmpty) verdicts[i] = context.Rows[i].Outcome;
        context.SortErrors();
        context.Verdicts = verdicts;
        return taken > 0 ? IngestOutcome.Accepted : IngestOutcome.NothingValid;
    }

    // Inside one request the first of several events with the same id counts, whatever users they name.
    private EncodedEvent[] WithoutRepeats(IngestContext context, IngestOutcome[] verdicts)
    {
        var events = context.Events;
        var seen = new HashSet<EventKey>(context.Valid);
        var kept = new EncodedEvent[context.Valid];
        var count = 0;
        for (var i = 0; i < events.Length; i++)
        {
            if (events[i].IsEmpty) continue;
            if (seen.Add(events[i].Key)) kept[count++] = events[i];
            else verdicts[i] = IngestOutcome.Duplicate;
        }
        metrics.Duplicate(kept.Length - count);
        return count == kept.Length ? kept : kept[..count];
    }
}
