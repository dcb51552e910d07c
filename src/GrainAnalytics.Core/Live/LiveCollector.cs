using System.Collections.Concurrent;
using GrainAnalytics.Core.Writing;
using Microsoft.Extensions.Logging;

namespace GrainAnalytics.Core.Live;

/// <summary>Hears of every commit of this process and tells the owners of watched sites: the first change at once, then at
/// most one update an interval and site.</summary>
/// <remarks>It stands between a commit and its acknowledgement, so there it only notes the batch; folding and sending are
/// done elsewhere. For a site that nobody watches it does nothing at all.</remarks>
public sealed class LiveCollector(ILiveSink sink, LiveOptions options, TimeProvider time, ILogger<LiveCollector> log) : ICommitObserver, IDisposable
{
    private readonly ConcurrentDictionary<int, CollectedSite> _sites = new();

    /// <inheritdoc/>
    public void Committed(IReadOnlyList<EventRow> rows, WriteResult result)
    {
        // Rows come sorted by site.
        for (int start = 0, end; start < rows.Count; start = end)
        {
            var site = rows[start].Site.Id;
            for (end = start + 1; end < rows.Count && rows[end].Site.Id == site; end++) { }
            if (!sink.Wants(site)) continue;
            while (true)
            {
                if (!_sites.TryGetValue(site, out var collected)) collected = _sites.GetOrAdd(site, New);
                if (collected.TryAdd(new CommittedRows(rows, start, end, result))) break;
                _sites.TryRemove(new(site, collected));
            }
        }
    }

    /// <summary>Ends the timers; what was not sent yet is not sent any more.</summary>
    public void Dispose()
    {
        foreach (var (_, site) in _sites) site.Dispose();
    }

    private CollectedSite New(int siteId) => new(siteId, sink.Interval, options.LatestEvents, time, update => Send(siteId, update));

    private void Send(int siteId, LiveUpdate update)
    {
        if (!sink.Wants(siteId))
        {
            if (_sites.TryRemove(siteId, out var unwatched)) unwatched.Dispose();
            return;
        }
        try
        {
            sink.Send(update);
        }
        catch (Exception e)
        {
            // On a thread of the pool, where it would end the process. The owner's next refresh heals what is lost.
            log.LiveUpdateLost(e, siteId);
        }
    }
}
