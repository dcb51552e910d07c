using System.Runtime.InteropServices;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Core.Rollups;

/// <summary>Counts again what days and hours say, by another clock: of users and sessions, which stay what they are, and of the raw events from an instant on.</summary>
/// <param name="before">The site's clock as it was.</param>
/// <param name="clock">The site's clock as it is to be: the same before the instant.</param>
/// <param name="from">From when on days are counted again, Unix microseconds: in both clocks a day starts at it.</param>
public sealed class RezoneFold(SiteClock before, SiteClock clock, long from)
{
    /// <summary>What changes, of users and sessions.</summary>
    public RollupChanges Changes { get; } = new();

    /// <summary>Counted events by type that lie in an hour which is not the one of before; the hours' starts.</summary>
    public Dictionary<(long Before, long Hour, Utf8Text Type), long> Moved { get; } = [];

    /// <summary>Users with a counted event on a day, as the events name them.</summary>
    public HashSet<(DateOnly Day, Utf8Text User)> Days { get; } = [];

    /// <summary>Counts a user by the hours before the instant, for periods and retention; the other hours are to come from events.</summary>
    /// <returns>The hours that stay.</returns>
    public ActiveHours AddUser(ActiveHours hours)
    {
        var stay = hours.Before(from);
        new UserState(default, stay).Count(1, clock, Changes);
        Changes.HourUsers.Clear();      // these hours' own counts stay
        return stay;
    }

    /// <summary>Counts a session that began at the instant or later.</summary>
    public void AddVisit(VisitState visit) => visit.Count(1, clock, Changes);

    /// <summary>Notes the hour and the day of an event; false for one of before the instant.</summary>
    /// <param name="value">The event, with the user as it was sent.</param>
    /// <param name="type">Its type.</param>
    public bool AddEvent(in JournalEvent value, Utf8Text type)
    {
        if (value.OccurredAt < from) return false;
        if (!value.IsCounted) return true;
        var (old, hour) = (before.HourStart(value.OccurredAt), clock.HourStart(value.OccurredAt));
        if (old != hour) CollectionsMarshal.GetValueRefOrAddDefault(Moved, (old, hour, type), out _)++;
        Days.Add((clock.DayOf(value.OccurredAt), value.UserId));
        return true;
    }
}
