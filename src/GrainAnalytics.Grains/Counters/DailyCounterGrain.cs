using GrainAnalytics.Core.Counters;
using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.Grains.Contracts;
using Orleans.Concurrency;
using Orleans.Placement;

namespace GrainAnalytics.Grains.Counters;

/// <summary>One day of one site: all who ask for its totals at the same time, on any silo, share one read of its counters.</summary>
/// <remarks>Every answer was read after it was asked for, so a total contains whatever was acknowledged before, whichever
/// silo committed it. Nothing is lost if its silo dies.</remarks>
[GrainType("day"), HashBasedPlacement, Reentrant]
internal sealed class DailyCounterGrain(IEventStore store, ISiteDirectory sites) : Grain, IDailyCounterGrain
{
    private SharedRead<DayTotals?>? _read;

    public async ValueTask<DayReply> ReadAsync(int siteId, int dayNumber)
    {
        try
        {
            _read ??= new SharedRead<DayTotals?>(() => ReadStoreAsync(siteId, DateOnly.FromDayNumber(dayNumber)));
            if (await _read.ReadAsync() is not { } totals) return new DayReply(0, [], $"There is no site {siteId}.");
            return new DayReply(totals.ActiveUsers, new(totals.Events), null);
        }
        catch (EventStoreException e)
        {
            return new DayReply(0, [], e.Message);
        }
    }

    // The site is asked for each time: it may have got another time zone.
    private async Task<DayTotals?> ReadStoreAsync(int siteId, DateOnly day)
    {
        if (await sites.FindAsync(siteId, default) is not { } site) return null;
        var tally = new DailyTally(day);
        foreach (var update in await store.ReadDayAsync(site, day, default)) tally.Apply(update);
        return tally.Totals();
    }
}
