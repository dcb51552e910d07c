using System.Runtime.InteropServices;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Core.Rollups;

/// <summary>Sessions that began on a day.</summary>
/// <param name="Sessions">How many.</param>
/// <param name="Bounces">Those with a single event.</param>
/// <param name="Views">Their page views.</param>
/// <param name="DurationMs">Their milliseconds from first to last event, added up.</param>
public readonly record struct SessionCounts(long Sessions, long Bounces, long Views, long DurationMs)
{
    /// <summary>Both together.</summary>
    public static SessionCounts operator +(SessionCounts a, SessionCounts b) =>
        new(a.Sessions + b.Sessions, a.Bounces + b.Bounces, a.Views + b.Views, a.DurationMs + b.DurationMs);
}

/// <summary>What a fold adds to rollups and takes away from them.</summary>
public sealed class RollupChanges
{
    /// <summary>Users active in a local hour, by its start.</summary>
    public Dictionary<long, long> HourUsers { get; } = [];

    /// <summary>Users active in a day, week or month, by the number of the period.</summary>
    public Dictionary<(Period Period, int Index), long> PeriodUsers { get; } = [];

    /// <summary>Users of a cohort active in its nth period.</summary>
    public Dictionary<(Period Period, int Cohort, int Nth), long> Retained { get; } = [];

    /// <summary>Sessions that began in a local hour, by its start.</summary>
    public Dictionary<long, long> HourSessions { get; } = [];

    /// <summary>Sessions by the local day on which they began.</summary>
    public Dictionary<DateOnly, SessionCounts> Sessions { get; } = [];

    /// <summary>How long they lasted: sessions of a day and number of seconds.</summary>
    public Dictionary<(DateOnly Day, int Seconds), long> Durations { get; } = [];

    /// <summary>Counts of a dimension's value on a day; as many as the dimension has.</summary>
    public Dictionary<(Dimension Dimension, Utf8Text Value, DateOnly Day), long[]> Values { get; } = [];

    /// <summary>Users of a dimension's value on a day; never taken away.</summary>
    public Dictionary<(Dimension Dimension, Utf8Text Value, DateOnly Day), UserSketch> ValueUsers { get; } = [];

    /// <summary>Forgets what concerns other days than one: the changes of values, their users and sessions.</summary>
    public void KeepOnly(DateOnly day)
    {
        foreach (var key in Values.Keys.Where(key => key.Day != day).ToArray()) Values.Remove(key);
        foreach (var key in ValueUsers.Keys.Where(key => key.Day != day).ToArray()) ValueUsers.Remove(key);
        foreach (var key in Sessions.Keys.Where(key => key != day).ToArray()) Sessions.Remove(key);
        foreach (var key in Durations.Keys.Where(key => key.Day != day).ToArray()) Durations.Remove(key);
    }

    internal long[] CountsOf(Dimension dimension, Utf8Text value, DateOnly day)
    {
        ref var counts = ref CollectionsMarshal.GetValueRefOrAddDefault(Values, (dimension, value, day), out _);
        return counts ??= new long[dimension.Width()];
    }

    internal UserSketch UsersOf(Dimension dimension, Utf8Text value, DateOnly day)
    {
        ref var users = ref CollectionsMarshal.GetValueRefOrAddDefault(ValueUsers, (dimension, value, day), out _);
        return users ??= new UserSketch();
    }

    internal void AddValue(Dimension dimension, Utf8Text value, DateOnly day, int place, long count) => CountsOf(dimension, value, day)[place] += count;

    internal void AddUsers(Dimension dimension, Utf8Text value, DateOnly day, UserSketch more) => UsersOf(dimension, value, day).Merge(more);

    internal static void Add<T>(Dictionary<T, long> to, T key, long count) where T : notnull =>
        CollectionsMarshal.GetValueRefOrAddDefault(to, key, out _) += count;
}
