using GrainAnalytics.Core.Counters;
using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Journeys;
using GrainAnalytics.Core.Sessions;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.Grains.Contracts;
using GrainAnalytics.Grains.Placement;
using GrainAnalytics.Grains.Users;

namespace GrainAnalytics.Grains.Engine;

/// <summary>Hosts every state machine in a grain, on whichever silo of the cluster.</summary>
internal sealed class OrleansEngine(IGrainFactory grains, EventRouter router, SiloView silos, WriteBuffer buffer, ClusterSettings settings)
    : IAnalyticsEngine
{
    /// <inheritdoc/>
    public string Name => "orleans";

    /// <inheritdoc/>
    public int Silos => silos.Active.Length;

    /// <inheritdoc/>
    public BufferStatus Buffer => buffer.Status;

    /// <inheritdoc/>
    public ValueTask<IngestOutcome[]> AppendAsync(Site site, EncodedEvent[] events, CancellationToken cancel) =>
        router.AppendAsync(site.Id, events, cancel);

    /// <inheritdoc/>
    public async ValueTask<JourneyPage> ReadJourneyAsync(Site site, JourneyQuery query, CancellationToken cancel)
    {
        var ask = new JourneyAsk(query.UserId, query.From, query.To, query.Type, query.Limit, query.Before?.OccurredAt, query.Before?.EventId);
        var grain = grains.GetGrain<IUserGrain>(Rendezvous.UserKey(site.Id, query.UserId));
        var reply = await CallAsync(() => grain.ReadJourneyAsync(site.Id, ask), cancel).ConfigureAwait(false);
        ThrowIfAway(reply.StoreProblem);
        return new JourneyPage(reply.Events.Events, reply.HasMore, reply.IsPartial);
    }

    /// <inheritdoc/>
    public async ValueTask<SessionView?> ReadSessionAsync(Site site, string sessionId, CancellationToken cancel)
    {
        var grain = grains.GetGrain<ISessionGrain>($"{site.Id}/{sessionId}");
        var reply = await CallAsync(() => grain.ReadAsync(site.Id, sessionId), cancel).ConfigureAwait(false);
        ThrowIfAway(reply.StoreProblem);
        return reply.IsKnown ? new SessionView(sessionId, reply.UserId, reply.StartedAt, reply.LastSeenAt, reply.EventCount, reply.Events.Events) : null;
    }

    /// <inheritdoc/>
    public async ValueTask<DayTotals> ReadDayAsync(Site site, DateOnly day, CancellationToken cancel)
    {
        var grain = grains.GetGrain<IDailyCounterGrain>($"{site.Id}/{day:yyyy-MM-dd}");
        var reply = await CallAsync(() => grain.ReadAsync(site.Id, day.DayNumber), cancel).ConfigureAwait(false);
        ThrowIfAway(reply.StoreProblem);
        return new DayTotals(day, reply.ActiveUsers, reply.Events);
    }

    // A call that dies with its silo is made again, to the new activation, within the time for an answer.
    private async Task<T> CallAsync<T>(Func<ValueTask<T>> call, CancellationToken cancel)
    {
        using var budget = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        budget.CancelAfter(settings.CallBudget);
        while (true)
        {
            try
            {
                return await call().AsTask().WaitAsync(budget.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (Failures.IsTransient(e) && !cancel.IsCancellationRequested)
            {
                if (!await Failures.PauseAsync(budget.Token).ConfigureAwait(false))
                    throw new EngineUnavailableException("The silo that holds what was asked for does not answer; ask again.", e);
            }
        }
    }

    private static void ThrowIfAway(string? problem)
    {
        if (problem is not null) throw new EventStoreException(StoreFailure.Away, isOutcomeUnknown: false, problem);
    }
}
