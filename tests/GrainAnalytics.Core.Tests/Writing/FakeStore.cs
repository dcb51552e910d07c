using System.Collections.Concurrent;
using GrainAnalytics.Core.Counters;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Journeys;
using GrainAnalytics.Core.Live;
using GrainAnalytics.Core.Sessions;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Writing;

namespace GrainAnalytics.Core.Tests.Writing;

/// <summary>A store in memory that keeps ids once, and fails as the test says.</summary>
internal sealed class FakeStore : IEventStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(int, EventKey), EncodedEvent> _stored = [];
    private volatile TaskCompletionSource? _closed;

    /// <summary>Every write tried, in order: its rows and whether it may be the writer's own work.</summary>
    public ConcurrentQueue<(int Writer, EventRow[] Rows, bool MayBeOwnWork)> Writes { get; } = [];

    /// <summary>What is set aside.</summary>
    public ConcurrentQueue<DeadLetter> DeadLetters { get; } = [];

    /// <summary>Called before a write stores anything; throws to fail it.</summary>
    public Action<EventRow[]> BeforeWrite { get; set; } = _ => { };

    /// <summary>Called after a write stored its rows; throws to lose its answer.</summary>
    public Action<EventRow[]> AfterWrite { get; set; } = _ => { };

    /// <summary>Called before an event is set aside; throws to fail it.</summary>
    public Action<DeadLetter> BeforeSetAside { get; set; } = _ => { };

    /// <summary>Stored events.</summary>
    public List<EncodedEvent> Stored { get { lock (_gate) return [.. _stored.Values]; } }

    /// <summary>From now on writes wait.</summary>
    public void Close() => _closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Lets waiting writes go on.</summary>
    public void Open()
    {
        var closed = _closed;
        _closed = null;
        closed?.SetResult();
    }

    public IEventWriter OpenWriter(int shard) => new Writer(this, shard);

    public Task SetAsideAsync(DeadLetter letter, CancellationToken cancel)
    {
        BeforeSetAside(letter);
        DeadLetters.Enqueue(letter);
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<EncodedEvent>> ReadJourneyAsync(Site site, JourneyQuery query, int limit, CancellationToken cancel) => throw new NotSupportedException();
    public Task<SessionView?> ReadSessionAsync(Site site, string sessionId, int limit, CancellationToken cancel) => throw new NotSupportedException();
    public Task<IReadOnlyList<CounterUpdate>> ReadDayAsync(Site site, DateOnly day, CancellationToken cancel) => throw new NotSupportedException();
    public Task<RecentActivity> ReadActivityAsync(Site site, long since, int limit, CancellationToken cancel) => throw new NotSupportedException();

    private sealed class Writer(FakeStore store, int number) : IEventWriter
    {
        public async Task<WriteResult> WriteAsync(IReadOnlyList<EventRow> rows, bool mayBeOwnWork, CancellationToken cancel)
        {
            EventRow[] given = [.. rows];
            store.Writes.Enqueue((number, given, mayBeOwnWork));
            for (var i = 1; i < given.Length; i++)
                Xunit.Assert.True((given[i - 1].Site.Id, given[i - 1].Event.Key).CompareTo((given[i].Site.Id, given[i].Event.Key)) < 0, "rows must ascend by site and key");
            if (store._closed is { } closed) await closed.Task.WaitAsync(cancel);
            await Task.Yield();
            store.BeforeWrite(given);
            var isStored = new bool[given.Length];
            lock (store._gate)
            {
                for (var i = 0; i < given.Length; i++)
                {
                    var key = (given[i].Site.Id, given[i].Event.Key);
                    isStored[i] = store._stored.TryAdd(key, given[i].Event) || mayBeOwnWork && store._stored[key] == given[i].Event;
                }
            }
            store.AfterWrite(given);
            return new WriteResult(isStored, []);
        }

        public ValueTask DisposeAsync() => default;
    }
}
