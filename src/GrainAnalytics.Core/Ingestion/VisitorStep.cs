using GrainAnalytics.Core.Visitors;
using GrainAnalytics.Core.Writing;

namespace GrainAnalytics.Core.Ingestion;

/// <summary>Names the visitor of events that say <c>"cookieless": true</c> and name nobody. Other requests pass untouched.</summary>
internal sealed class VisitorStep(IVisitorSalts? salts) : IIngestStep
{
    public ValueTask<IngestOutcome> RunAsync(IngestContext context, CancellationToken cancel) =>
        context.Cookieless == 0 ? new(IngestOutcome.Accepted) : new(NameAsync(context, cancel));

    private async Task<IngestOutcome> NameAsync(IngestContext context, CancellationToken cancel)
    {
        if (salts is null || context.Source.Visitor is not { } clues)
        {
            // Over a Unix socket, or a row that is tried again: the address was not kept with it.
            RefuseAll(context);
            return IngestOutcome.Accepted;
        }
        var site = context.Access!.Site;
        try
        {
            // By arrival and not by what the event claims, or anybody could ask for keys of days gone by.
            var salt = await salts.FindAsync(site.Clock.DayOf(context.ReceivedAt), cancel).ConfigureAwait(false);
            context.VisitorId = VisitorId.Make(salt, site.Id, clues);
            return IngestOutcome.Accepted;
        }
        catch (EventStoreException)
        {
            // Another key made up here would make two visitors of one.
            return IngestOutcome.StoreUnavailable;
        }
    }

    private static void RefuseAll(IngestContext context)
    {
        for (var i = 0; i < context.Count; i++)
        {
            if (!context.Rows[i].IsCookieless || context.Rows[i].Outcome != IngestOutcome.Accepted) continue;
            context.Reject(i, IngestOutcome.MissingUser, "userId or anonymousId is required: the sender's address, which \"cookieless\" makes do with, is not known.");
            context.Valid--;
        }
        context.Cookieless = 0;
        context.SortErrors();
    }
}
