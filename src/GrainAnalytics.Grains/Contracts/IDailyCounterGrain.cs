namespace GrainAnalytics.Grains.Contracts;

/// <summary>One day of one site; key: "site id/yyyy-MM-dd", the site's own date.</summary>
[Alias("ga.day")]
public interface IDailyCounterGrain : IGrainWithStringKey
{
    /// <summary>The day's totals: whatever was acknowledged before the call is in them.</summary>
    [Alias("read.v1")]
    ValueTask<DayReply> ReadAsync(int siteId, int dayNumber);
}

/// <summary>Totals of a day; see Core's DayTotals.</summary>
/// <param name="ActiveUsers">Users with at least one counted event.</param>
/// <param name="Events">Counted events by type.</param>
/// <param name="StoreProblem">Set when the database did not answer; the rest is empty then.</param>
[GenerateSerializer, Immutable, Alias("ga.day-reply.v1")]
public sealed record DayReply([property: Id(0)] long ActiveUsers, [property: Id(1)] Dictionary<string, long> Events, [property: Id(2)] string? StoreProblem);
