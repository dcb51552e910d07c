using GrainAnalytics.Web.Http;

namespace GrainAnalytics.Web.Statistics;

/// <summary>The days a statistic is asked for, both inclusive, in the site's time zone.</summary>
internal readonly record struct DayRange(DateOnly From, DateOnly To)
{
    /// <summary>Most days of a range: ten years.</summary>
    public const int MostDays = 3660;

    private const int DefaultDays = 30;

    /// <summary>Reads from and to; what is wrong is noted in the parameters.</summary>
    /// <param name="parameters">The request's.</param>
    /// <param name="today">The site's day.</param>
    public static DayRange Read(QueryParameters parameters, DateOnly today)
    {
        var given = parameters.Date("from");
        var to = parameters.Date("to") ?? today;
        var from = given ?? to.AddDays(1 - DefaultDays);
        if (from > to) parameters.Error("from", "must not lie after to.");
        else if (to.DayNumber - from.DayNumber >= MostDays) parameters.Error("from", $"and to must span at most {MostDays} days.");
        return new DayRange(from, to);
    }
}
