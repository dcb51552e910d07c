using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Core.Writing;

namespace GrainAnalytics.Core.Live;

/// <summary>Hosts one site's live state: lets one caller at it at a time, reads for it, and pushes what it shows.</summary>
internal sealed class LocalSite(Site first, Action<LiveView> push, IEventStore store, LiveOptions options, TimeProvider time)
{
    private static readonly TimeSpan Busy = TimeSpan.FromMilliseconds(500), Pause = TimeSpan.FromMilliseconds(10);

    private readonly Lock _gate = new();
    private SiteLive _live = new(first, options, epoch: Random.Shared.NextInt64());
    private LiveView? _pushed;
    private long _pushedAt;

    public Site Site { get { lock (_gate) return _live.Site; } }

    /// <summary>True from a failed read to the next good one.</summary>
    public volatile bool IsFailing;

    /// <summary>Takes in the site as it is now: with another time zone its day begins anew.</summary>
    public void Refresh(Site site)
    {
        lock (_gate)
            if (site.Clock.Zones != _live.Site.Clock.Zones) (_live, _pushed) = (new SiteLive(site, options, epoch: Random.Shared.NextInt64()), null);
    }

    public void Apply(LiveUpdate update)
    {
        lock (_gate) _live.Apply(update, time.NowMicroseconds());
        Publish(evenIfBusy: true);
    }

    /// <summary>Does the read that is due, if there is one.</summary>
    /// <exception cref="EventStoreException">The store did not answer; the read stays due.</exception>
    public async Task ReadAsync(CancellationToken cancel)
    {
        SiteLive live;
        LiveRead? read;
        lock (_gate) read = (live = _live).NextRead(time.NowMicroseconds());
        if (read is null) return;
        LiveStored? stored = null;
        try
        {
            stored = await read.RunAsync(store, live.Site, options, time, cancel).ConfigureAwait(false);
        }
        finally
        {
            lock (_gate)
            {
                // Not the state that came into its place meanwhile: this may have been read before.
                if (stored is null) live.Failed();
                else live.Loaded(stored, time.NowMicroseconds());
            }
        }
        IsFailing = false;
        Publish(evenIfBusy: false);
    }

    /// <summary>Begins again from the store; see <see cref="ILiveReset"/>.</summary>
    public async Task ResetAsync(IReadOnlyList<ulong> users, long erasedAt, CancellationToken cancel)
    {
        SiteLive live;
        lock (_gate) live = _live = _live.Without(Random.Shared.NextInt64(), users, erasedAt);
        while (true)
        {
            await ReadAsync(cancel).ConfigureAwait(false);
            Publish(evenIfBusy: true);
            lock (_gate) if (_live != live || _live.IsLoaded) return;
            await Task.Delay(Pause, time, cancel).ConfigureAwait(false);    // somebody else reads
        }
    }

    /// <summary>Pushes the view if it is another one than before.</summary>
    /// <param name="evenIfBusy">False to leave it to the next update while updates come: a push between two of them would
    /// make viewers wait for the second.</param>
    public void Publish(bool evenIfBusy)
    {
        LiveView? view;
        lock (_gate)
        {
            view = _live.View(time.NowMicroseconds());
            if (view is null || ReferenceEquals(view, _pushed)) return;
            if (!evenIfBusy && _pushed?.Day == view.Day && time.GetElapsedTime(_pushedAt) < Busy) return;
            (_pushed, _pushedAt) = (view, time.GetTimestamp());
        }
        push(view);
    }
}
