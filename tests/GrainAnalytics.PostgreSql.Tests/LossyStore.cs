using GrainAnalytics.Core.Counters;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Journeys;
using GrainAnalytics.Core.Live;
using GrainAnalytics.Core.Sessions;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Writing;

namespace GrainAnalytics.PostgreSql.Tests;

/// <summary>A store whose next commits succeed and whose answers are lost on the way, as by a cut connection.</summary>
internal sealed class LossyStore(IEventStore inner) : IEventStore
{
    private int _losses;

    public int Losses { get => Volatile.Read(ref _losses); set => Volatile.Write(ref _losses, value); }

    public IEventWriter OpenWriter(int shard) => new Writer(this, inner.OpenWriter(shard));
    public Task SetAsideAsync(DeadLetter letter, CancellationToken cancel) => inner.SetAsideAsync(letter, cancel);
    public Task<IReadOnlyList<EncodedEvent>> ReadJourneyAsync(Site site, JourneyQuery query, int limit, CancellationToken cancel) =>
        inner.ReadJourneyAsync(site, query, limit, cancel);
    public Task<SessionView?> ReadSessionAsync(Site site, string sessionId, int limit, CancellationToken cancel) => inner.ReadSessionAsync(site, sessionId, limit, cancel);
    public Task<IReadOnlyList<CounterUpdate>> ReadDayAsync(Site site, DateOnly day, CancellationToken cancel) => inner.ReadDayAsync(site, day, cancel);
    public Task<RecentActivity> ReadActivityAsync(Site site, long since, int limit, CancellationToken cancel) => inner.ReadActivityAsync(site, since, limit, cancel);

    private sealed class Writer(LossyStore store, IEventWriter writer) : IEventWriter
    {
        public async Task<WriteResult> WriteAsync(IReadOnlyList<EventRow> rows, bool mayBeOwnWork, CancellationToken cancel)
        {
            var result = await writer.WriteAsync(rows, mayBeOwnWork, cancel);
            if (Volatile.Read(ref store._losses) <= 0) return result;
            Interlocked.Decrement(ref store._losses);
            throw new EventStoreException(StoreFailure.Away, isOutcomeUnknown: true, "the answer was lost");
        }

        public ValueTask DisposeAsync() => writer.DisposeAsync();
    }
}
