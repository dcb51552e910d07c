using System.Collections.Concurrent;
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
    // Ids are unique within a site.
    private readonly record struct UserKey(int SiteId, string UserId);

    private readonly ConcurrentDictionary<UserKey, UserHost> _users = new();
    private readonly ConcurrentDictionary<UserKey, byte> _distrusted = new();
    private readonly LiveViews _views;
    private readonly EngineOptions _options;
    private readonly IEventStore _store;
    private readonly StoreHealth _health;
    private readonly TimeProvider _time;
    private readonly ILogger<SingleNodeEngine> _log;
    private readonly WriteBuffer _buffer;
    private readonly EventIntake _intake;
    private readonly ITimer _sweep;
    private bool _isDisposed;
    private volatile bool _isAnyDistrusted;

    /// <summary>Starts the engine and its writers; <paramref name="observers"/> hear of its commits.</summary>
    public SingleNodeEngine(EngineOptions options, IngestOptions ingest, IEventStore store, IngestMetrics metrics,
        WriteMetrics writeMetrics, TimeProvider time, ILoggerFactory logs, IEnumerable<ICommitObserver> observers,
        StoreHealth health, WritePatience patience)
    {
        (_options, _store, _time, _health) = (options, store, time, health);
        _log = logs.CreateLogger<SingleNodeEngine>();
        _views = new LiveViews(store, health, time);
        _buffer = new WriteBuffer(ingest, store, new CommitObservers([_views, .. observers]), writeMetrics, metrics, time, logs.CreateLogger<WriteBuffer>(),
            health, patience);
        _intake = new EventIntake(_buffer, metrics);
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
    public async ValueTask<IngestOutcome[]> AppendAsync(Site site, EncodedEvent[] events, CancellationToken cancel) =>
        await _intake.AppendAsync(site, events, e => Host(new UserKey(site.Id, e.UserIdText))).WaitAsync(cancel).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask<JourneyPage> ReadJourneyAsync(Site site, JourneyQuery query, CancellationToken cancel)
    {
        var key = new UserKey(site.Id, query.UserId);
        while (true)
            if (await Host(key).ReadAsync(_store, _health, site, query, cancel).ConfigureAwait(false) is { } page) return page;
    }

    /// <inheritdoc/>
    public ValueTask<SessionView?> ReadSessionAsync(Site site, string sessionId, CancellationToken cancel) =>
        _views.ReadSessionAsync(site, sessionId, cancel);

    /// <inheritdoc/>
    public ValueTask<DayTotals> ReadDayAsync(Site site, DateOnly day, CancellationToken cancel) =>
        _views.ReadDayAsync(site, day, cancel);

    /// <inheritdoc/>
    public async Task DistrustAsync(Site site, IReadOnlyList<string> userIds, CancellationToken cancel)
    {
        foreach (var user in userIds) _distrusted[new UserKey(site.Id, user)] = 0;
        _isAnyDistrusted = true;
        await EventIntake.WrittenAsync(userIds.Select(user => Retire(new UserKey(site.Id, user))), cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task ForgetAsync(Site site, IReadOnlyList<string> userIds, long? erasedAt, CancellationToken cancel)
    {
        foreach (var user in userIds)
        {
            _distrusted.TryRemove(new UserKey(site.Id, user), out _);
            _ = Retire(new UserKey(site.Id, user));
        }
        _isAnyDistrusted = !_distrusted.IsEmpty;
        _views.Forget(site.Id);
        return Task.CompletedTask;
    }

    private Task Retire(UserKey key) => _users.TryRemove(key, out var host) ? host.Retire() : Task.CompletedTask;

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

    private UserHost Host(UserKey key)
    {
        while (true)
        {
            var host = _users.TryGetValue(key, out var known) ? known
                : _users.GetOrAdd(key, static (key, engine) => new UserHost(engine._options.TimelineTail, engine._time, engine.IsTrusted(key)), this);
            // One that was made just before the user was distrusted may have come into its place just after.
            if (host.IsTrusted && !IsTrusted(key)) _ = host.Retire();
            else if (!host.IsReleased) return host;
            Forget(key, host);
        }
    }

    private bool IsTrusted(UserKey key) => !_isAnyDistrusted || !_distrusted.ContainsKey(key);

    private void Forget(UserKey key, UserHost host) => _users.TryRemove(new KeyValuePair<UserKey, UserHost>(key, host));

    private void ReleaseIdle()
    {
        var before = _time.GetTimestamp() - (long)(_options.IdleAfter.TotalSeconds * _time.TimestampFrequency);
        var released = 0;
        foreach (var (key, host) in _users)
        {
            if (!host.TryRelease(before)) continue;
            Forget(key, host);
            released++;
        }
        _views.ReleaseIdle(before);
        if (released > 0) _log.ReleasedIdle(released, _users.Count);
    }
}
