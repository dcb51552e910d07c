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
public sealed record SessionChange(int SiteId, Utf8Text SessionId, Utf8Text UserId, IReadOnlyList<Utf8Text>? OtherUsers,
    long StartedAt, long LastSeenAt, int Events);

/// <summary>What a batch of new events adds to rollups and sessions, each list in the order in which rows are locked.</summary>
public sealed class BatchFold
{
    /// <summary>Users of a session that are remembered beside the newest one.</summary>
    public const int MaxOtherUsers = 64;

    private sealed class Session(EventRow first)
    {
        public EventRow Newest = first;
        public long StartedAt = first.Event.OccurredAt;
        public int Events = 1;
        public HashSet<Utf8Text>? Users;    // only once there is a second one
    }

    /// <summary>Adds up the rows.</summary>
    /// <param name="rows">Rows, all of them new.</param>
    public BatchFold(IReadOnlyList<EventRow> rows)
    {
        var hours = new Dictionary<(int, DateOnly, long, Utf8Text), int>();
        var users = new HashSet<ActiveUser>();
        var sessions = new Dictionary<(int, Utf8Text), Session>();
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            if (row.IsCounted)
                System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(hours,
                    (row.Site.Id, row.Day, row.Hour, new Utf8Text(row.Event.Type)), out _)++;
            if (row.IsUserNewToday) users.Add(new ActiveUser(row.Site.Id, row.Day, new Utf8Text(row.Event.UserId)));
            if (row.Event.HasSession) Add(sessions, row);
        }
        Hours = [.. hours.Select(h => new HourCount(h.Key.Item1, h.Key.Item2, h.Key.Item3, h.Key.Item4, h.Value))
            .OrderBy(h => h.SiteId).ThenBy(h => h.Hour).ThenBy(h => h.Type)];
        ActiveUsers = [.. users.OrderBy(u => u.SiteId).ThenBy(u => u.Day).ThenBy(u => u.UserId)];
        var folded = sessions.ToArray();
        Array.Sort(folded, (a, b) => a.Key.Item1 != b.Key.Item1 ? a.Key.Item1.CompareTo(b.Key.Item1) : a.Key.Item2.CompareTo(b.Key.Item2));
        Sessions = Array.ConvertAll(folded, s => Change(s.Key, s.Value));
    }

    /// <summary>By site, hour and type.</summary>
    public IReadOnlyList<HourCount> Hours { get; }

    /// <summary>By site, day and user; only users not known to be counted on that day.</summary>
    public IReadOnlyList<ActiveUser> ActiveUsers { get; }

    /// <summary>By site and session.</summary>
    public IReadOnlyList<SessionChange> Sessions { get; }

    private static void Add(Dictionary<(int, Utf8Text), Session> sessions, in EventRow row)
    {
        var key = (row.Site.Id, new Utf8Text(row.Event.SessionId));
        if (!sessions.TryGetValue(key, out var session))
        {
            sessions.Add(key, new Session(row));
            return;
        }
        var (user, known) = (new Utf8Text(row.Event.UserId), new Utf8Text(session.Newest.Event.UserId));
        if (user != known || session.Users is not null)
        {
            session.Users ??= [known];
            session.Users.Add(user);
        }
        session.Events++;
        session.StartedAt = Math.Min(session.StartedAt, row.Event.OccurredAt);
        if (EventPosition.Compare(row.Event, session.Newest.Event) > 0) session.Newest = row;
    }

    private static SessionChange Change((int SiteId, Utf8Text SessionId) key, Session session)
    {
        var user = new Utf8Text(session.Newest.Event.UserId);
        var others = session.Users?.Where(u => u != user).Take(MaxOtherUsers).ToArray();
        return new SessionChange(key.SiteId, key.SessionId, user, others, session.StartedAt, session.Newest.Event.OccurredAt, session.Events);
    }
}
