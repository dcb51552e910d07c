using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Core.Rollups;

/// <summary>What is known of a user, and how it moves the counts of active and retained users.</summary>
/// <param name="userId">Whose.</param>
/// <param name="hours">When the user was active.</param>
public sealed class UserState(Utf8Text userId, ActiveHours hours)
{
    private static readonly Period[] Periods = [Period.Day, Period.Week, Period.Month];

    /// <summary>Whose.</summary>
    public Utf8Text UserId { get; } = userId;

    /// <summary>Earliest and latest event of any type, Unix microseconds.</summary>
    public long FirstSeenAt { get; set; } = long.MaxValue;

    /// <inheritdoc cref="FirstSeenAt"/>
    public long LastSeenAt { get; set; } = long.MinValue;

    /// <summary>Counted events.</summary>
    public long Events { get; set; }

    /// <summary>Sessions that began as this user's.</summary>
    public long Sessions { get; set; }

    /// <summary>When the user was active.</summary>
    public ActiveHours Hours { get; } = hours;

    /// <summary>Takes an event in.</summary>
    internal void Add(in JournalEvent value, SiteClock clock, RollupChanges changes)
    {
        FirstSeenAt = Math.Min(FirstSeenAt, value.OccurredAt);
        LastSeenAt = Math.Max(LastSeenAt, value.OccurredAt);
        if (!value.IsCounted) return;
        Events++;
        var hour = clock.HourStart(value.OccurredAt);
        var hadBefore = Hours.Starts.Count > 0 ? Hours.Starts[0] : (long?)null;
        var at = Hours.Add(hour);
        if (at < 0) return;
        RollupChanges.Add(changes.HourUsers, hour, 1);
        var day = clock.DayOf(hour);
        DateOnly? before = at > 0 ? clock.DayOf(Hours.Starts[at - 1]) : null, after = at + 1 < Hours.Starts.Count ? clock.DayOf(Hours.Starts[at + 1]) : null;
        foreach (var period in Periods)
        {
            var index = period.IndexOf(day);
            if (at == 0 && hadBefore is { } first && period.IndexOf(clock.DayOf(first)) is var cohort && cohort != index)
                Move(period, cohort, index, clock, changes);
            if (before is { } b && period.IndexOf(b) == index || after is { } a && period.IndexOf(a) == index) continue;
            RollupChanges.Add(changes.PeriodUsers, (period, index), 1);
            var start = at == 0 ? index : period.IndexOf(clock.DayOf(Hours.Starts[0]));
            RollupChanges.Add(changes.Retained, (period, start, index - start), 1);
        }
    }

    /// <summary>Becomes one person with another, who is counted no longer.</summary>
    internal void Join(UserState other, SiteClock clock, RollupChanges changes)
    {
        Count(-1, clock, changes);
        other.Count(-1, clock, changes);
        (FirstSeenAt, LastSeenAt) = (Math.Min(FirstSeenAt, other.FirstSeenAt), Math.Max(LastSeenAt, other.LastSeenAt));
        Events += other.Events;
        Sessions += other.Sessions;
        foreach (var hour in other.Hours.Starts) Hours.Add(hour);
        Count(1, clock, changes);
    }

    /// <summary>Adds the user to the counts of active and retained users, or takes them away with a sign of -1.</summary>
    internal void Count(int sign, SiteClock clock, RollupChanges changes)
    {
        foreach (var hour in Hours.Starts) RollupChanges.Add(changes.HourUsers, hour, sign);
        if (Hours.Starts.Count == 0) return;
        foreach (var period in Periods)
        {
            var cohort = period.IndexOf(clock.DayOf(Hours.Starts[0]));
            foreach (var index in Active(period, 0, clock))
            {
                RollupChanges.Add(changes.PeriodUsers, (period, index), sign);
                RollupChanges.Add(changes.Retained, (period, cohort, index - cohort), sign);
            }
        }
    }

    // An event before the first one: the user belongs to an earlier cohort, with all periods but the new one.
    private void Move(Period period, int from, int to, SiteClock clock, RollupChanges changes)
    {
        foreach (var index in Active(period, 1, clock))
        {
            RollupChanges.Add(changes.Retained, (period, from, index - from), -1);
            RollupChanges.Add(changes.Retained, (period, to, index - to), 1);
        }
    }

    private IEnumerable<int> Active(Period period, int skip, SiteClock clock)
    {
        var last = int.MinValue;
        for (var i = skip; i < Hours.Starts.Count; i++)
        {
            var index = period.IndexOf(clock.DayOf(Hours.Starts[i]));
            if (index != last) yield return last = index;
        }
    }
}
