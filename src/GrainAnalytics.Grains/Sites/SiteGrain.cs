using GrainAnalytics.Core.Live;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.Grains.Contracts;
using GrainAnalytics.Grains.Live;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Placement;

namespace GrainAnalytics.Grains.Sites;

/// <summary>One site: its settings, keys and quota, and while somebody watches, its live state, which it publishes on the site's stream.</summary>
/// <remarks>No event passes through it, so a busy site does not queue here: each silo tells it a few times a second at most what
/// its commits changed, and asks for quota when a lease ends. If its silo dies, the next activation loads everything from the
/// database; of the day's quota the piece that was set apart and not granted is lost to the site.</remarks>
[GrainType("site"), HashBasedPlacement, Reentrant]
internal sealed class SiteGrain(IEventStore store, ISiteDirectory sites, LiveOptions options, TimeProvider time, LiveAnnouncer announcer,
    SiteDesk desk, ILogger<SiteGrain> log) : Grain, ISiteGrain
{
    // The hubs' pace is what viewers see; this one only bounds what many silos make of it.
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1), PublishEvery = TimeSpan.FromMilliseconds(20), ReadAgain = TimeSpan.FromMilliseconds(10);

    private SiteLive? _live;
    private IGrainTimer? _tick, _later;
    private Task<string?>? _reading;
    private LiveView? _published;
    private long _watchedAt, _publishedAt;

    private int SiteId => (int)this.GetPrimaryKeyLong();

    public async ValueTask<SiteReply?> GetAsync() => await sites.FindAsync(SiteId, default) is { } site ? SiteWire.Of(site) : null;

    public ValueTask<SiteDetailsReply> GetDetailsAsync() => new(desk.ReadAsync(SiteId));

    public ValueTask<FindKeyReply> FindKeyAsync(byte[] hash) => new(desk.FindKeyAsync(SiteId, hash));

    public ValueTask<SiteChangeReply> AddKeyAsync(SiteKeyWire key) => new(desk.AddKeyAsync(SiteId, key.ToKey()));

    public ValueTask<SiteChangeReply> RemoveKeyAsync(byte[] hash) => new(desk.RemoveKeyAsync(SiteId, hash));

    public ValueTask<SiteChangeReply> SetQuotaAsync(long? eventsPerDay, int? eventsPerSecond) => new(desk.SetQuotaAsync(SiteId, new(eventsPerDay, eventsPerSecond)));

    public async ValueTask<bool> AnnounceAsync()
    {
        await desk.AnnounceAsync(SiteId);
        return true;
    }

    public ValueTask<LeaseReply> LeaseAsync(LeaseAsk ask) => new(desk.LeaseAsync(SiteId, ask.ToAsk()));

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => desk.CloseAsync(cancellationToken);

    public async ValueTask<WatchReply> WatchAsync()
    {
        _watchedAt = time.GetTimestamp();
        DelayDeactivation(LiveLease.Duration);
        try
        {
            if (_live is null)
            {
                if (await sites.FindAsync(SiteId, default) is not { } site) return new WatchReply(null, $"There is no site {SiteId}.");
                _live ??= new SiteLive(site, options, Random.Shared.NextInt64());
                _tick ??= this.RegisterGrainTimer(OnTickAsync, new GrainTimerCreationOptions(Tick, Tick) { Interleave = true });
            }
        }
        catch (EventStoreException e)
        {
            return new WatchReply(null, e.Message);
        }
        await announcer.AnnounceAsync(SiteId);
        var problem = await ReadAsync();
        return new WatchReply(_live?.View(time.NowMicroseconds()) is { } view ? LiveViewWire.Of(view) : null, problem);
    }

    public async ValueTask<WatchReply> ResetLiveAsync(ulong[] users, long erasedAt)
    {
        if (_live is null) return new WatchReply(null, null);
        var live = _live = _live.Without(Random.Shared.NextInt64(), users, erasedAt);
        while (true)
        {
            // The first one may be of the state before.
            var problem = await ReadAsync();
            // Nobody watches any more, or it began again once more: then that one answers.
            if (_live != live) return new WatchReply(_live?.View(time.NowMicroseconds()) is { } other ? LiveViewWire.Of(other) : null, null);
            if (live.View(time.NowMicroseconds()) is { } view)
            {
                await PublishAsync();
                return new WatchReply(LiveViewWire.Of(view), null);
            }
            if (problem is not null) return new WatchReply(null, problem);
            await Task.Delay(ReadAgain, time);
        }
    }

    public Task ApplyAsync(LiveUpdateWire update)
    {
        _live?.Apply(update.ToUpdate(), time.NowMicroseconds());
        return PublishAsync();
    }

    private async Task OnTickAsync(CancellationToken cancel)
    {
        if (_live is null) return;
        if (time.GetElapsedTime(_watchedAt) > LiveLease.Duration)
        {
            _tick?.Dispose();
            (_live, _tick, _published) = (null, null, null);
            DeactivateOnIdle();
            return;
        }
        await KeepZoneAsync();
        // A silo that is new here may have committed before it heard: what it changed is read.
        if (await announcer.AnnounceAsync(SiteId)) _live?.Apply(new LiveUpdate(SiteId, [], [], [], MustReadCounters: true), time.NowMicroseconds());
        await ReadAsync();
        await PublishAsync();
    }

    // With another time zone the day begins anew; viewers keep what they see until it is loaded.
    private async Task KeepZoneAsync()
    {
        try
        {
            if (_live is not { } live || await sites.FindAsync(SiteId, default) is not { } site || site.Clock.Zones == live.Site.Clock.Zones) return;
            (_live, _published) = (new SiteLive(site, options, Random.Shared.NextInt64()), null);
        }
        catch (EventStoreException e)
        {
            log.LivePublishFailed(e, SiteId);    // the next tick asks again
        }
    }

    // Everybody who comes while a read runs waits for it.
    private async Task<string?> ReadAsync()
    {
        if (_reading is null && _live?.NextRead(time.NowMicroseconds()) is { } read) _reading = RunAsync(_live, read);
        return _reading is null ? null : await _reading;
    }

    private async Task<string?> RunAsync(SiteLive live, LiveRead read)
    {
        try
        {
            live.Loaded(await read.RunAsync(store, live.Site, options, time, default), time.NowMicroseconds());
            return null;
        }
        catch (EventStoreException e)
        {
            live.Failed();
            return e.Message;
        }
        finally
        {
            _reading = null;
        }
    }

    // The first change at once; then with pauses, for with many silos there would be many a second.
    private async Task PublishAsync()
    {
        if (_later is not null || _live?.View(time.NowMicroseconds()) is not { } view || ReferenceEquals(view, _published)) return;
        var left = PublishEvery - time.GetElapsedTime(_publishedAt);
        if (left > TimeSpan.Zero)
        {
            _later = this.RegisterGrainTimer(OnLaterAsync, new GrainTimerCreationOptions(left, Timeout.InfiniteTimeSpan) { Interleave = true });
            return;
        }
        (_published, _publishedAt) = (view, time.GetTimestamp());
        try
        {
            await LiveStreams.Of(this, SiteId).OnNextAsync(LiveViewWire.Of(view));
        }
        catch (Exception e) when (Engine.Failures.IsTransient(e))
        {
            log.LivePublishFailed(e, SiteId);    // the next view is whole again
        }
    }

    private Task OnLaterAsync(CancellationToken cancel)
    {
        _later?.Dispose();
        _later = null;
        return PublishAsync();
    }
}
