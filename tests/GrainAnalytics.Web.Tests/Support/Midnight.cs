namespace GrainAnalytics.Web.Tests.Support;

/// <summary>Keeps a day's end out of tests that send in one step and count the day in another.</summary>
internal static class Midnight
{
    private static readonly TimeSpan Near = TimeSpan.FromMinutes(2);

    /// <summary>Waits until midnight is over when it is less than two minutes away.</summary>
    public static async Task PassAsync(string zone = "UTC")
    {
        var now = TimeZoneInfo.ConvertTime(DateTimeOffset.UtcNow, TimeZoneInfo.FindSystemTimeZoneById(zone));
        var left = TimeSpan.FromDays(1) - now.TimeOfDay;
        // One second more: the database's clock need not be this one's to the millisecond.
        if (left < Near) await Task.Delay(left + TimeSpan.FromSeconds(1));
    }
}
