using System.Runtime.InteropServices;

namespace GrainAnalytics.Core.Counters;

/// <summary>A counter's value as a commit left it. The same update may arrive twice or late: the highest version counts.</summary>
/// <param name="SiteId">The site.</param>
/// <param name="Day">The site's local day.</param>
/// <param name="Hour">Start of the local hour, Unix microseconds; 0 for active users, which are counted by the day.</param>
/// <param name="Type">Event type; empty for active users.</param>
/// <param name="Shard">Which writer's share of the counter it is; a total is the sum over shards.</param>
/// <param name="Total">The share's value.</param>
/// <param name="Version">+1 with every change of the share.</param>
public readonly record struct CounterUpdate(int SiteId, DateOnly Day, long Hour, string Type, short Shard, long Total, long Version);

/// <summary>Totals of one of a site's days.</summary>
/// <param name="Day">The site's local day.</param>
/// <param name="ActiveUsers">Users with at least one counted event.</param>
/// <param name="Events">Counted events by type.</param>
public sealed record DayTotals(DateOnly Day, long ActiveUsers, IReadOnlyDictionary<string, long> Events);

/// <summary>A day's counters in memory, fed by commits.</summary>
/// <remarks>A plain state machine: no locks, no I/O. Totals may fall, so the version decides and not the larger value.</remarks>
public sealed class DailyTally(DateOnly day)
{
    private readonly Dictionary<(long Hour, string Type, short Shard), (long Total, long Version)> _shares = [];

    /// <summary>Takes in an update, from a commit or from the store.</summary>
    /// <returns>What it adds to the counter's total; 0 when it is known or older than what is known.</returns>
    public long Apply(in CounterUpdate update)
    {
        ref var share = ref CollectionsMarshal.GetValueRefOrAddDefault(_shares, (update.Hour, update.Type, update.Shard), out var isKnown);
        if (isKnown && share.Version >= update.Version) return 0;
        var added = update.Total - share.Total;
        share = (update.Total, update.Version);
        return added;
    }

    /// <summary>The sums.</summary>
    public DayTotals Totals()
    {
        var users = 0L;
        var events = new Dictionary<string, long>();
        foreach (var ((_, type, _), (total, _)) in _shares)
        {
            if (type.Length == 0) users += total;
            else if (total != 0) events[type] = events.GetValueOrDefault(type) + total;
        }
        return new DayTotals(day, users, events);
    }
}
