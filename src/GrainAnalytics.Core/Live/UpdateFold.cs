using System.Runtime.InteropServices;
using GrainAnalytics.Core.Counters;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Core.Live;

/// <summary>Makes one update of several commits.</summary>
internal static class UpdateFold
{
    public static LiveUpdate Fold(int siteId, IReadOnlyList<CommittedRows> commits, int mostEvents, TimeProvider time, bool hasLost)
    {
        var counters = new Dictionary<(DateOnly Day, long Hour, string Type, short Shard), CounterUpdate>();
        var latest = new LatestEvents(mostEvents);
        var users = new Dictionary<Hashed, long>();
        var since = time.NowMicroseconds() - (long)RecentUsers.Window.TotalMicroseconds;
        var mustRead = hasLost;
        foreach (var (rows, start, end, result) in commits)
        {
            mustRead |= result.HasClaims;
            foreach (var counter in result.Counters)
            {
                if (counter.SiteId != siteId) continue;
                ref var newest = ref CollectionsMarshal.GetValueRefOrAddDefault(counters, (counter.Day, counter.Hour, counter.Type, counter.Shard), out var isKnown);
                if (!isKnown || newest.Version < counter.Version) newest = counter;
            }
            for (var i = start; i < end; i++)
            {
                if (!result.IsStored[i]) continue;
                var row = rows[i];
                latest.Add(row.Event);
                var at = Math.Min(row.Event.OccurredAt, row.Event.ReceivedAt);
                if (!row.IsCounted || at < since) continue;
                ref var seen = ref CollectionsMarshal.GetValueRefOrAddDefault(users, new Hashed(UserHash.Of(row.Event.UserId.Span)), out _);
                seen = Math.Max(seen, at);
            }
        }
        return new LiveUpdate(siteId, [.. counters.Values], [.. latest.Events.Select(e => e.Event)],
            [.. users.Select(user => new SeenUser(user.Key.Value, user.Value))], mustRead);
    }
}
