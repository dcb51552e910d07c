using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Core.Writing;

namespace GrainAnalytics.Core.Live;

/// <summary>Hosts one site's live state: lets one caller at it at a time, reads for it, and pushes what it shows.</summary>
internal sealed class LocalSite(Site site, Action<LiveView> push, IEventStore store, LiveOptions options, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly SiteLive _live = new(site, options, epoch: Random.Shared.NextInt64());
    private LiveView? _pushed;

    public Site Site => site;

    /// <summary>True from a failed read to the next good one.</summary>
    public volatile bool IsFailing;

    public void Apply(LiveUpdate update)
    {
        lock (_gate) _live.Apply(update, time.NowMicroseconds());
        Publish();
    }

    /// <summary>Does the read that is due, if there is one.</summary>
    /// <exception cref="EventStoreException">The store did not answer; the read stays due.</exception>
    public async Task ReadAsync(CancellationToken cancel)
    {
        LiveRead? read;
        lock (_gate) read = _live.NextRead(time.NowMicroseconds());
        if (read is null) return;
        LiveStored? stored = null;
        try
        {
            stored = await read.RunAsync(store, site, options, time, cancel).ConfigureAwait(false);
        }
        finally
        {
            lock (_gate)
            {
                if (stored is null) _live.Failed();
                else _live.Loaded(stored, time.NowMicroseconds());
            }
        }
        IsFailing = false;
        Publish();
    }

    /// <summary>Pushes the view if it is another one than before.</summary>
    public void Publish()
    {
        LiveView? view;
        lock (_gate)
        {
            view = _live.View(time.NowMicroseconds());
            if (view is null || ReferenceEquals(view, _pushed)) return;
            _pushed = view;
        }
        push(view);
    }
}
