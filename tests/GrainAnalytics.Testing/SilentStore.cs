using GrainAnalytics.Core.Counters;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Journeys;
using GrainAnalytics.Core.Live;
using GrainAnalytics.Core.Sessions;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Writing;

namespace GrainAnalytics.Testing;

/// <summary>A store that a test takes away: it refuses like a stopped database, or is silent like a stalled one, until it is given back.</summary>
public sealed class SilentStore(IEventStore inner) : IEventStore
{
    private volatile TaskCompletionSource? _silence;
    private volatile bool _refuses;

    /// <summary>From now on every call fails at once.</summary>
    public void Refuse() => _refuses = true;

    /// <summary>From now on no call ends.</summary>
    public void FallSilent() => _silence = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Answers again, also those who wait.</summary>
    public void Return()
    {
        _refuses = false;
        var silence = _silence;
        _silence = null;
        silence?.SetResult();
    }

    /// <summary>What a probe finds.</summary>
    public async Task<bool> PingAsync(CancellationToken cancel)
    {
        if (_silence is { } silence) await silence.Task.WaitAsync(cancel);
        return !_refuses;
    }

    public IEventWriter OpenWriter(int shard) => new Writer(this, inner.OpenWriter(shard));
    public Task SetAsideAsync(DeadLetter letter, CancellationToken cancel) => AskAsync(() => inner.SetAsideAsync(letter, cancel).ContinueWith(_ => 0, cancel), cancel);
    public Task<IReadOnlyList<EncodedEvent>> ReadJourneyAsync(Site site, JourneyQuery query, int limit, CancellationToken cancel) =>
        AskAsync(() => inner.ReadJourneyAsync(site, query, limit, cancel), cancel);
    public Task<SessionView?> ReadSessionAsync(Site site, string sessionId, int limit, CancellationToken cancel) =>
        AskAsync(() => inner.ReadSessionAsync(site, sessionId, limit, cancel), cancel);
    public Task<IReadOnlyList<CounterUpdate>> ReadDayAsync(Site site, DateOnly day, CancellationToken cancel) => AskAsync(() => inner.ReadDayAsync(site, day, cancel), cancel);
    public Task<RecentActivity> ReadActivityAsync(Site site, long since, int limit, CancellationToken cancel) =>
        AskAsync(() => inner.ReadActivityAsync(site, since, limit, cancel), cancel);

    private async Task<T> AskAsync<T>(Func<Task<T>> call, CancellationToken cancel)
    {
        if (_silence is { } silence) await silence.Task.WaitAsync(cancel);
        if (_refuses) throw new EventStoreException(StoreFailure.Away, isOutcomeUnknown: false, "refused");
        return await call();
    }

    private sealed class Writer(SilentStore store, IEventWriter writer) : IEventWriter
    {
        public Task<WriteResult> WriteAsync(IReadOnlyList<EventRow> rows, bool mayBeOwnWork, CancellationToken cancel) =>
            store.AskAsync(() => writer.WriteAsync(rows, mayBeOwnWork, cancel), cancel);

        public ValueTask DisposeAsync() => writer.DisposeAsync();
    }
}
