using System.Collections.Concurrent;
using System.Text;
using GrainAnalytics.Core.Counters;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Journeys;
using GrainAnalytics.Core.Sessions;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Writing;
using Microsoft.Extensions.Logging;

namespace GrainAnalytics.Core.Engine;

/// <summary>Hosts every state machine in this process, in keyed slots that let one caller in at a time. It never learns to
/// cluster: a second process on the same database stores exactly once too, but its lookups do not hear of this one.</summary>
public sealed class SingleNodeEngine : IAnalyticsEngine, IAsyncDisposable
{
    private readonly ConcurrentDictionary<UserKey, UserSlot> _users = new();
    private readonly LiveViews _views;
    private readonly EngineOptions _options;
    private readonly IEventStore _store;
    private readonly IngestMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<SingleNodeEngine> _log;
    private readonly WriteBuffer _buffer;
    private readonly ITimer _sweep;
    private bool _isDisposed;

    /// <summary>Starts the engine and its writers.</summary>
    public SingleNodeEngine(EngineOptions options, IngestOptions ingest, IEventStore store, IngestMetrics metrics,
        WriteMetrics writeMetrics, TimeProvider time, ILoggerFactory logs)
    {
        (_options, _store, _metrics, _time) = (options, store, metrics, time);
        _log = logs.CreateLogger<SingleNodeEngine>();
        _views = new LiveViews(store, time);
        _buffer = new WriteBuffer(ingest, store, _views, writeMetrics, metrics, time, logs.CreateLogger<WriteBuffer>());
        var every = TimeSpan.FromTicks(Math.Max(options.IdleAfter.Ticks / 4, TimeSpan.TicksPerSecond));
        _sweep = time.CreateTimer(_ => ReleaseIdle(), null, every, every);
    }

    /// <inheritdoc/>
    public string Name => "single-node";

    /// <inheritdoc/>
    public int Silos => 1;

    /// <inheritdoc/>
    public BufferStatus Buffer => _buffer.Status;

    /// <summary>Users in memory.</summary>
    public int Users => _users.Count;

    /// <inheritdoc/>
    public async ValueTask<IngestOutcome[]> AppendAsync(Site site, EncodedEvent[] events, CancellationToken cancel)
    {
        var append = new PendingAppend(events.Length);
        var items = new WriteItem[events.Length];
        var refused = Collect(site, events, append, items);
        if (refused != IngestOutcome.Accepted) append.GiveUp(refused);
        return await append.Task.WaitAsync(cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<JourneyPage> ReadJourneyAsync(Site site, JourneyQuery query, CancellationToken cancel)
    {
        var type = query.Type is null ? [] : Encoding.UTF8.GetBytes(query.Type);
        var key = new UserKey(site.Id, query.UserId);
        var page = Use(key, timeline => timeline.TryRead(query, type));
        if (page is not null) return page;
        if (query is { Before: null, Type: null, To: long.MaxValue } && query.Limit < _options.TimelineTail)
        {
            await LoadTailAsync(site, key, cancel).ConfigureAwait(false);
            page = Use(key, timeline => timeline.TryRead(query, type));
            if (page is not null) return page;
        }
        var stored = await _store.ReadJourneyAsync(site, query, query.Limit + 1, cancel).ConfigureAwait(false);
        return Use(key, timeline => timeline.Merge(query, type, stored));
    }

    /// <inheritdoc/>
    public ValueTask<SessionView?> ReadSessionAsync(Site site, string sessionId, CancellationToken cancel) =>
        _views.ReadSessionAsync(site, sessionId, cancel);

    /// <inheritdoc/>
    public ValueTask<DayTotals> ReadDayAsync(Site site, DateOnly day, CancellationToken cancel) =>
        _views.ReadDayAsync(site, day, cancel);

    /// <summary>Writes what waits and stops the writers; see <see cref="WriteBuffer.StopAsync"/>.</summary>
    public Task StopAsync(CancellationToken cancel) => _buffer.StopAsync(cancel);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // A container that knows the engine by its class and by its port disposes it once for each.
        if (Interlocked.Exchange(ref _isDisposed, true)) return;
        await _sweep.DisposeAsync().ConfigureAwait(false);
        await _buffer.DisposeAsync().ConfigureAwait(false);
    }

    // Each event goes into its user's timeline, where lookups see it at once, then all of them into the buffer together.
    private IngestOutcome Collect(Site site, EncodedEvent[] events, PendingAppend append, WriteItem[] items)
    {
        var now = _time.GetTimestamp();
        int count = 0, known = 0;
        for (var i = 0; i < events.Length; i++)
        {
            var at = events[i].OccurredAt;
            var isCounted = !EventTypes.IsUncounted(events[i].Type.Span);
            var row = new EventRow(site, events[i], site.Clock.DayOf(at), site.Clock.HourStart(at), isCounted, isCounted);
            var key = new UserKey(site.Id, events[i].UserIdText);
            UserSlot slot;
            TimelineAddition addition;
            bool isNewToday;
            while (!(slot = Slot(key)).TryAdd(now, row, out addition, out isNewToday)) Forget(key, slot);
            if (addition == TimelineAddition.IdIsStored)
            {
                known++;
                append.Complete(i, IngestOutcome.Duplicate);
                continue;
            }
            // An id that is pending goes to the buffer too: whether it is a duplicate is decided by the first one's end.
            items[count++] = new WriteItem(row with { IsUserNewToday = isNewToday }, slot, append, i, addition == TimelineAddition.Added);
        }
        _metrics.Duplicate(known);
        var refused = _buffer.TryAdd(items.AsSpan(0, count));
        if (refused != IngestOutcome.Accepted)
            foreach (var item in items.AsSpan(0, count)) ((UserSlot)item.Owner!).TakeBack(item);
        return refused;
    }

    private async Task LoadTailAsync(Site site, UserKey key, CancellationToken cancel)
    {
        // The slot cannot be released while it loads, so this one is still the user's at the end.
        var slot = Use(key, (timeline, holder) => { timeline.BeginLoad(); return holder; });
        IReadOnlyList<EncodedEvent>? newest = null;
        try
        {
            newest = await _store.ReadJourneyAsync(site, new JourneyQuery(key.UserId), _options.TimelineTail, cancel).ConfigureAwait(false);
        }
        finally
        {
            slot.TryUse(_time.GetTimestamp(), timeline =>
            {
                timeline.EndLoad(newest, newest?.Count < _options.TimelineTail);
                return true;
            }, out _);
        }
    }

    private T Use<T>(UserKey key, Func<UserTimeline, T> action) => Use(key, (timeline, _) => action(timeline));

    private T Use<T>(UserKey key, Func<UserTimeline, UserSlot, T> action)
    {
        while (true)
        {
            var slot = Slot(key);
            if (slot.TryUse(_time.GetTimestamp(), timeline => action(timeline, slot), out var result)) return result;
            Forget(key, slot);
        }
    }

    private UserSlot Slot(UserKey key) =>
        _users.TryGetValue(key, out var slot) ? slot : _users.GetOrAdd(key, static (_, tail) => new UserSlot(tail), _options.TimelineTail);

    private void Forget(UserKey key, UserSlot slot) => _users.TryRemove(new KeyValuePair<UserKey, UserSlot>(key, slot));

    private void ReleaseIdle()
    {
        var before = _time.GetTimestamp() - (long)(_options.IdleAfter.TotalSeconds * _time.TimestampFrequency);
        var released = 0;
        foreach (var (key, slot) in _users)
        {
            if (!slot.TryRelease(before)) continue;
            Forget(key, slot);
            released++;
        }
        _views.ReleaseIdle(before);
        if (released > 0) _log.ReleasedIdle(released, _users.Count);
    }
}
