namespace GrainAnalytics.Core.Rollups;

/// <summary>Length of the periods in which users are counted and retained.</summary>
public enum Period
{
    /// <summary>A local day.</summary>
    Day,
    /// <summary>An ISO week, from Monday.</summary>
    Week,
    /// <summary>A calendar month.</summary>
    Month,
}

/// <summary>Numbers periods one after the other, so that differences count them.</summary>
public static class Calendar
{
    /// <summary>Number of the period that has a day.</summary>
    public static int IndexOf(this Period period, DateOnly day) => period switch
    {
        Period.Day => day.DayNumber,
        Period.Week => day.DayNumber / 7,       // the first day of all was a Monday
        _ => day.Year * 12 + day.Month - 1,
    };

    /// <summary>First day of a period.</summary>
    public static DateOnly StartOf(this Period period, int index) => period switch
    {
        Period.Day => DateOnly.FromDayNumber(index),
        Period.Week => DateOnly.FromDayNumber(index * 7),
        _ => new DateOnly(index / 12, index % 12 + 1, 1),
    };
}
