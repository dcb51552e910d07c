using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.Grains.Contracts;
using GrainAnalytics.Grains.Engine;
using GrainAnalytics.Grains.Placement;
using Microsoft.Extensions.Logging;

namespace GrainAnalytics.Grains.Users;

/// <summary>Sends a request's events to the silos of their users, one call a silo, and asks again where a silo went away.</summary>
internal sealed class EventRouter(SiloView silos, AppendDispatcher here, AppendServiceClient there, ClusterSettings settings,
    WritePatience patience, ILogger<EventRouter> log)
{
    // Somebody else takes care of events that are not stored by then, so there is no point in trying longer.
    private readonly TimeSpan _budget = patience.EndsWhenAway && patience.AnswerWithin < settings.CallBudget ? patience.AnswerWithin : settings.CallBudget;

    public async ValueTask<IngestOutcome[]> AppendAsync(int siteId, EncodedEvent[] events, CancellationToken cancel)
    {
        using var budget = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        budget.CancelAfter(_budget);
        var outcomes = new IngestOutcome[events.Length];
        var open = await SendAsync(siteId, events, [.. Enumerable.Range(0, events.Length)], outcomes, budget.Token).ConfigureAwait(false);
        // A silo that died refuses at once until the others have agreed that it is dead; only then do its users have another.
        // Some of the events may have been committed before it went: then the next attempt finds duplicates.
        while (open.Count > 0 && await Failures.PauseAsync(budget.Token).ConfigureAwait(false))
            open = await SendAsync(siteId, events, open, outcomes, budget.Token).ConfigureAwait(false);
        cancel.ThrowIfCancellationRequested();
        if (open.Count > 0) log.NobodyTook(open.Count);
        return outcomes;
    }

    // Returns the indexes of events that nobody decided.
    private async Task<List<int>> SendAsync(int siteId, EncodedEvent[] events, List<int> indexes, IngestOutcome[] outcomes, CancellationToken budget)
    {
        var active = silos.Active;
        if (active.Length == 1) await SendToAsync(active[0], indexes).ConfigureAwait(false);
        else if (indexes.Count == 1) await SendToAsync(Rendezvous.Pick(active, siteId, events[indexes[0]]), indexes).ConfigureAwait(false);
        else await Task.WhenAll(indexes.GroupBy(i => Rendezvous.Pick(active, siteId, events[i])).Select(group => SendToAsync(group.Key, [.. group]))).ConfigureAwait(false);
        return indexes.FindAll(i => outcomes[i] == IngestOutcome.SiloUnavailable);

        async Task SendToAsync(SiloAddress silo, List<int> share)
        {
            var verdicts = await CallAsync(siteId, silo, share.Count == events.Length ? events : share.ConvertAll(i => events[i]), budget).ConfigureAwait(false);
            for (var i = 0; i < share.Count; i++) outcomes[share[i]] = verdicts[i].ToOutcome();
        }
    }

    private async Task<AppendVerdict[]> CallAsync(int siteId, SiloAddress silo, IReadOnlyList<EncodedEvent> share, CancellationToken budget)
    {
        try
        {
            var call = silo.Equals(silos.Mine) ? here.AppendAsync(siteId, share) : there.At(silo).AppendAsync(siteId, new EventList(share));
            return (await call.WaitAsync(budget).ConfigureAwait(false)).Verdicts;
        }
        catch (Exception e) when (Failures.IsTransient(e))
        {
            log.AskingAgain(silo, share.Count, e.Message);
            return AppendReplies.Same(AppendVerdict.Unreachable, share.Count).Verdicts;
        }
    }
}
