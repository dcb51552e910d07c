using GrainAnalytics.Core.Counters;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Core.Writing;

namespace GrainAnalytics.Core.Live;

/// <summary>Something that a site's live state wants from the store.</summary>
/// <param name="Day">The day whose counters to read.</param>
/// <param name="WithActivity">True to read the last minutes' users and events too.</param>
public sealed record LiveRead(DateOnly Day, bool WithActivity)
{
    /// <summary>Reads it.</summary>
    /// <exception cref="EventStoreException">The store did not answer.</exception>
    public async Task<LiveStored> RunAsync(IEventStore store, Site site, LiveOptions options, TimeProvider time, CancellationToken cancel)
    {
        var counters = await store.ReadDayAsync(site, Day, cancel).ConfigureAwait(false);
        if (!WithActivity) return new LiveStored(this, counters, null);
        var since = time.NowMicroseconds() - (long)RecentUsers.Window.TotalMicroseconds;
        var activity = await store.ReadActivityAsync(site, since, options.LatestEvents, cancel).ConfigureAwait(false);
        return new LiveStored(this, counters, activity);
    }
}

/// <summary>What the store answered.</summary>
/// <param name="Read">What was asked.</param>
/// <param name="Counters">All counters of the day.</param>
/// <param name="Activity">Of the last minutes, when that was asked.</param>
public sealed record LiveStored(LiveRead Read, IReadOnlyList<CounterUpdate> Counters, RecentActivity? Activity);
