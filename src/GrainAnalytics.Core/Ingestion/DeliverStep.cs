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
        List<(int Place, int First)>? repeats = null;
        var delivered = events.Length == 1 ? events : WithoutRepeats(context, verdicts, out repeats);
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
        if (repeats is not null) DecideRepeats(context, verdicts, repeats);
        for (var i = 0; i < events.Length; i++) if (events[i].IsEmpty) verdicts[i] = context.Rows[i].Outcome;
        context.SortErrors();
        context.Verdicts = verdicts;
        return taken > 0 ? IngestOutcome.Accepted : IngestOutcome.NothingValid;
    }

    // Inside one request the first of several events with the same id counts, whatever users they name.
    private static EncodedEvent[] WithoutRepeats(IngestContext context, IngestOutcome[] verdicts, out List<(int Place, int First)>? repeats)
    {
        var events = context.Events;
        var seen = new Dictionary<EventKey, int>(context.Valid);
        var kept = new EncodedEvent[context.Valid];
        var count = 0;
        repeats = null;
        for (var i = 0; i < events.Length; i++)
        {
            if (events[i].IsEmpty) continue;
            if (seen.TryAdd(events[i].Key, i))
            {
                kept[count++] = events[i];
                continue;
            }
            verdicts[i] = IngestOutcome.Duplicate;
            (repeats ??= []).Add((i, seen[events[i].Key]));
        }
        return count == kept.Length ? kept : kept[..count];
    }

    // What follows an event that was refused is refused with it. If it is another row, its bytes are worth keeping.
    private void DecideRepeats(IngestContext context, IngestOutcome[] verdicts, List<(int Place, int First)> repeats)
    {
        var duplicates = 0;
        foreach (var (place, first) in repeats)
        {
            if (!verdicts[first].IsRowRefusal())
            {
                duplicates++;
                continue;
            }
            verdicts[place] = verdicts[first];
            if (context.Events[place] != context.Events[first]) context.Rows[place].Outcome = verdicts[first];
            context.AddError(new IngestError(place, verdicts[first], $"The database refused event {first}, which has the same id."));
        }
        metrics.Duplicate(duplicates);
    }
}
