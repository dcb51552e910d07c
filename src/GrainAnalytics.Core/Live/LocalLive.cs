using System.Collections.Concurrent;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Writing;
using Microsoft.Extensions.Logging;

namespace GrainAnalytics.Core.Live;

/// <summary>Owns the live state of watched sites in this process: for a server without a cluster.</summary>
public sealed class LocalLive : ILiveSink, ILiveUpstream, ILiveReset, IDisposable
{
    private readonly ConcurrentDictionary<int, LocalSite> _sites = new();
    private readonly IEventStore _store;
    private readonly LiveOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<LocalLive> _log;
    private readonly ISiteDirectory? _directory;
    private readonly ITimer _tick;

    /// <summary>Starts without any site; <paramref name="directory"/> says when one has another time zone; null: none ever has.</summary>
    public LocalLive(IEventStore store, LiveOptions options, TimeProvider time, ILogger<LocalLive> log, ISiteDirectory? directory = null)
    {
        (_store, _options, _time, _log, _directory) = (store, options, time, log, directory);
        _tick = time.CreateTimer(_ => Tick(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    /// <inheritdoc/>
    public TimeSpan Interval => _options.UpdateInterval;

    /// <inheritdoc/>
    public bool Wants(int siteId) => _sites.ContainsKey(siteId);

    /// <inheritdoc/>
    public void Send(LiveUpdate update)
    {
        if (_sites.TryGetValue(update.SiteId, out var site)) site.Apply(update);
    }

    /// <inheritdoc/>
    public async Task<IAsyncDisposable> BeginAsync(Site site, Action<LiveView> push, CancellationToken cancel)
    {
        // Commits from now on are told; those before are in the store, which is read afterwards.
        var local = new LocalSite(site, push, _store, _options, _time);
        _sites[site.Id] = local;
        var subscription = new Subscription(this, local);
        try
        {
            await local.ReadAsync(cancel).ConfigureAwait(false);
        }
        catch
        {
            await subscription.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        return subscription;
    }

    /// <inheritdoc/>
    public Task ResetAsync(int siteId, IReadOnlyList<ulong> users, long erasedAt, CancellationToken cancel) =>
        _sites.TryGetValue(siteId, out var site) ? site.ResetAsync(users, erasedAt, cancel) : Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose() => _tick.Dispose();

    private void Tick()
    {
        foreach (var (_, site) in _sites) _ = TickAsync(site);
    }

    private async Task TickAsync(LocalSite site)
    {
        try
        {
            if (_directory is not null && await _directory.FindAsync(site.Site.Id, CancellationToken.None).ConfigureAwait(false) is { } now) site.Refresh(now);
            site.Publish(evenIfBusy: false);
            await site.ReadAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // Nobody waits for this; the next tick tries again. Said once, not every second of an outage.
            if (!site.IsFailing) _log.LiveReadFailed(e, site.Site.Id);
            site.IsFailing = true;
        }
    }

    private sealed class Subscription(LocalLive owner, LocalSite site) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            owner._sites.TryRemove(new(site.Site.Id, site));    // not one that began after it
            return default;
        }
    }
}
