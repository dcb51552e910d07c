using System.Runtime.InteropServices;
using GrainAnalytics.Core.Journeys;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Core.Writing;

/// <summary>Counted events of one type in one local hour.</summary>
public readonly record struct HourCount(int SiteId, DateOnly Day, long Hour, Utf8Text Type, int Events);

/// <summary>A user with a counted event on a local day.</summary>
public readonly record struct ActiveUser(int SiteId, DateOnly Day, Utf8Text UserId);

/// <summary>What a batch adds to a session.</summary>
/// <param name="SiteId">The site.</param>
/// <param name="SessionId">The session.</param>
/// <param name="UserId">User of the newest of these events.</param>
/// <param name="OtherUsers">Further users of these events, at most <see cref="BatchFold.MaxOtherUsers"/>; null for none.</param>
/// <param name="StartedAt">Earliest occurredAt, Unix microseconds.</param>
/// <param name="LastSeenAt">Latest occurredAt, Unix microseconds.</param>
/// <param name="Events">How many.</param>
public readonly record struct SessionChange(int SiteId, Utf8Text SessionId, Utf8Text UserId, IReadOnlyList<Utf8Text>? OtherUsers,
    long StartedAt, long LastSeenAt, int Events);

/// <summary>What a batch of new events adds to rollups and sessions, each list in the order in which rows are locked.</summary>
public sealed class BatchFold
{
    /// <summary>Users of a session that are remembered beside the newest one.</summary>
    public const int MaxOtherUsers = 64;

    /// <summary>Adds up the rows.</summary>
    /// <param name="rows">Rows, all of them new.</param>
    public BatchFold(ReadOnlySpan<EventRow> rows)
    {
        var hours = new Dictionary<(int SiteId, DateOnly Day, long Hour, Utf8Text Type), int>();
        var users = new HashSet<ActiveUser>();
        var visits = new (int SiteId, Utf8Text SessionId, int Row)[rows.Length];
        var visitCount = 0;
        for (var i = 0; i < rows.Length; i++)
        {
            ref readonly var row = ref rows[i];
            if (row.IsCounted)
                CollectionsMarshal.GetValueRefOrAddDefault(hours, (row.Site.Id, row.Day, row.Hour, new Utf8Text(row.Event.Type)), out _)++;
            if (row.IsUserNewToday) users.Add(new ActiveUser(row.Site.Id, row.Day, new Utf8Text(row.Event.UserId)));
            if (row.Event.HasSession) visits[visitCount++] = (row.Site.Id, new Utf8Text(row.Event.SessionId), i);
        }
        Hours = [.. hours.Select(h => new HourCount(h.Key.SiteId, h.Key.Day, h.Key.Hour, h.Key.Type, h.Value))
            .OrderBy(h => h.SiteId).ThenBy(h => h.Hour).ThenBy(h => h.Type)];
        ActiveUsers = [.. users.OrderBy(u => u.SiteId).ThenBy(u => u.Day).ThenBy(u => u.UserId)];
        // Sorting brings the events of a session together, and sessions into the order of their locks, at once.
        var sorted = visits.AsSpan(0, visitCount);
        sorted.Sort();
        var sessions = new List<SessionChange>(visitCount);
        for (int start = 0, end; start < visitCount; start = end)
        {
            for (end = start + 1; end < visitCount && sorted[end].SiteId == sorted[start].SiteId && sorted[end].SessionId == sorted[start].SessionId; end++) { }
            sessions.Add(Fold(rows, sorted[start..end]));
        }
        Sessions = sessions;
    }

    /// <summary>By site, hour and type.</summary>
    public IReadOnlyList<HourCount> Hours { get; }

    /// <summary>By site, day and user; only users not known to be counted on that day.</summary>
    public IReadOnlyList<ActiveUser> ActiveUsers { get; }

    /// <summary>By site and session.</summary>
    public IReadOnlyList<SessionChange> Sessions { get; }

    private static SessionChange Fold(ReadOnlySpan<EventRow> rows, ReadOnlySpan<(int SiteId, Utf8Text SessionId, int Row)> visits)
    {
        var newest = rows[visits[0].Row].Event;
        var startedAt = newest.OccurredAt;
        HashSet<Utf8Text>? users = null;    // only once there is a second one
        foreach (var visit in visits[1..])
        {
            var value = rows[visit.Row].Event;
            var (user, known) = (new Utf8Text(value.UserId), new Utf8Text(newest.UserId));
            if (users is not null || user != known)
            {
                users ??= [known];
                users.Add(user);
            }
            startedAt = Math.Min(startedAt, value.OccurredAt);
            if (EventPosition.Compare(value, newest) > 0) newest = value;
        }
        var latest = new Utf8Text(newest.UserId);
        var others = users?.Where(u => u != latest).Take(MaxOtherUsers).ToArray();
        return new SessionChange(visits[0].SiteId, visits[0].SessionId, latest, others, startedAt, newest.OccurredAt, visits.Length);
    }
}
