using GrainAnalytics.Core.Counters;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Journeys;
using GrainAnalytics.Core.Live;
using GrainAnalytics.Core.Sessions;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Writing;

namespace GrainAnalytics.PostgreSql.Tests.Live;

/// <summary>A store that counts the reads for live state, and can be away for them.</summary>
internal sealed class CountingStore(IEventStore inner) : IEventStore
{
    private int _days, _activities;

    public int Days => Volatile.Read(ref _days);
    public int Activities => Volatile.Read(ref _activities);
    public bool IsAway { get; set; }

    public IEventWriter OpenWriter(int shard) => inner.OpenWriter(shard);
    public Task SetAsideAsync(DeadLetter letter, CancellationToken cancel) => inner.SetAsideAsync(letter, cancel);
    public Task<IReadOnlyList<EncodedEvent>> ReadJourneyAsync(Site site, JourneyQuery query, int limit, CancellationToken cancel) =>
        inner.ReadJourneyAsync(site, query, limit, cancel);
    public Task<SessionView?> ReadSessionAsync(Site site, string sessionId, int limit, CancellationToken cancel) => inner.ReadSessionAsync(site, sessionId, limit, cancel);

    public Task<IReadOnlyList<CounterUpdate>> ReadDayAsync(Site site, DateOnly day, CancellationToken cancel)
    {
        Interlocked.Increment(ref _days);
        if (IsAway) throw new EventStoreException(StoreFailure.Away, isOutcomeUnknown: false, "away");
        return inner.ReadDayAsync(site, day, cancel);
    }

    public Task<RecentActivity> ReadActivityAsync(Site site, long since, int limit, CancellationToken cancel)
    {
        Interlocked.Increment(ref _activities);
        return inner.ReadActivityAsync(site, since, limit, cancel);
    }
}
