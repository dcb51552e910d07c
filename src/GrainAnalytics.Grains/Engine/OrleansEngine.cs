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
using Microsoft.Extensions.Logging;

namespace GrainAnalytics.Grains.Engine;

/// <summary>Hosts every state machine in a grain, on whichever silo of the cluster.</summary>
/// <remarks>A lookup whose silo does not answer reads the database itself: whatever is acknowledged is there, or in a spool that is
/// asked as well. A grain knows no more, only sooner and cheaper.</remarks>
internal sealed class OrleansEngine(IGrainFactory grains, EventRouter router, SiloView silos, WriteBuffer buffer, IEventStore store, StoreHealth health,
    ILogger<OrleansEngine> log) : IAnalyticsEngine
{
    // Longer than a busy silo takes, shorter than it takes to agree that one is dead.
    private static readonly TimeSpan ReadPatience = TimeSpan.FromSeconds(1), ChangePatience = TimeSpan.FromSeconds(12);

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
        var grain = UserOf(site, query.UserId);
        if (await TryCallAsync(() => grain.ReadJourneyAsync(site.Id, ask), cancel).ConfigureAwait(false) is not { } reply)
            return await ReadStoredAsync(site, query, cancel).ConfigureAwait(false);
        ThrowIfAway(reply.StoreProblem);
        var page = new JourneyPage(reply.Events.Events, reply.HasMore, reply.IsPartial) { Aliases = reply.Aliases ?? [] };
        // A silo that is cut off from the database alone: this one may reach it.
        return page.IsPartial && !health.IsAway ? (await ReadStoredAsync(site, query, cancel).ConfigureAwait(false)).With(page.Events, query) : page;
    }

    /// <inheritdoc/>
    public async ValueTask<SessionView?> ReadSessionAsync(Site site, string sessionId, CancellationToken cancel)
    {
        var grain = grains.GetGrain<ISessionGrain>($"{site.Id}/{sessionId}");
        if (await TryCallAsync(() => grain.ReadAsync(site.Id, sessionId), cancel).ConfigureAwait(false) is not { } reply)
            return await health.ReadAsync(() => store.ReadSessionAsync(site, sessionId, SessionState.MaxEvents, cancel)).ConfigureAwait(false);
        ThrowIfAway(reply.StoreProblem);
        return reply.IsKnown ? new SessionView(sessionId, reply.UserId, reply.StartedAt, reply.LastSeenAt, reply.EventCount, reply.Events.Events) : null;
    }

    /// <inheritdoc/>
    public async ValueTask<DayTotals> ReadDayAsync(Site site, DateOnly day, CancellationToken cancel)
    {
        var grain = grains.GetGrain<IDailyCounterGrain>($"{site.Id}/{day:yyyy-MM-dd}");
        if (await TryCallAsync(() => grain.ReadAsync(site.Id, day.DayNumber), cancel).ConfigureAwait(false) is { } reply)
        {
            ThrowIfAway(reply.StoreProblem);
            return new DayTotals(day, reply.ActiveUsers, reply.Events);
        }
        var tally = new DailyTally(day);
        foreach (var counter in await health.ReadAsync(() => store.ReadDayAsync(site, day, cancel)).ConfigureAwait(false)) tally.Apply(counter);
        return tally.Totals();
    }

    /// <inheritdoc/>
    public async Task DistrustAsync(Site site, IReadOnlyList<string> userIds, CancellationToken cancel)
    {
        var written = await Task.WhenAll(userIds.Select(user =>
            Failures.CallAsync(() => UserOf(site, user).DistrustAsync(silos.Mine), ChangePatience, cancel))).ConfigureAwait(false);
        if (written.Contains(false)) throw new EventStoreException(StoreFailure.Away, isOutcomeUnknown: false, "Events of the user wait to be written.");
    }

    /// <inheritdoc/>
    public Task ForgetAsync(Site site, IReadOnlyList<string> userIds, long? erasedAt, CancellationToken cancel) =>
        Task.WhenAll(userIds.Select(user => Failures.CallAsync(() => UserOf(site, user).ForgetAsync(silos.Mine), ChangePatience, cancel)));

    private IUserGrain UserOf(Site site, string user) => grains.GetGrain<IUserGrain>(Rendezvous.UserKey(site.Id, user));

    // A call that dies with its silo is made again, to the new activation. Null when nobody answers in time.
    private async Task<T?> TryCallAsync<T>(Func<ValueTask<T>> call, CancellationToken cancel) where T : class
    {
        using var budget = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        budget.CancelAfter(ReadPatience);
        while (true)
        {
            try
            {
                return await call().AsTask().WaitAsync(budget.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (Failures.IsTransient(e) && !cancel.IsCancellationRequested)
            {
                if (await Failures.PauseAsync(budget.Token).ConfigureAwait(false)) continue;
                log.ReadingStore(e.Message);
                return null;
            }
        }
    }

    private async Task<JourneyPage> ReadStoredAsync(Site site, JourneyQuery query, CancellationToken cancel)
    {
        try
        {
            var stored = await health.ReadAsync(() => store.ReadJourneyAsync(site, query, query.Limit + 1, cancel)).ConfigureAwait(false);
            var hasMore = stored.Count > query.Limit;
            var aliases = await health.ReadAsync(() => store.ReadAliasesAsync(site, query.UserId, cancel)).ConfigureAwait(false);
            return new JourneyPage(hasMore ? [.. stored.Take(query.Limit)] : stored, hasMore) { Aliases = aliases };
        }
        catch (EventStoreException e) when (e.Failure == StoreFailure.Away)
        {
            health.Doubt();
            return new JourneyPage([], HasMore: false, IsPartial: true);
        }
    }

    private static void ThrowIfAway(string? problem)
    {
        if (problem is not null) throw new EventStoreException(StoreFailure.Away, isOutcomeUnknown: false, problem);
    }
}
