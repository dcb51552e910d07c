namespace GrainAnalytics.Cli.Tests.Support;

/// <summary>For tests whose events are of one day.</summary>
internal static class Midnight
{
    /// <summary>Waits for the next day of a zone when the present one ends within minutes.</summary>
    public static async Task PassAsync(string timeZone)
    {
        var left = TimeSpan.FromDays(1) - TimeZoneInfo.ConvertTimeBySystemTimeZoneId(DateTimeOffset.UtcNow, timeZone).TimeOfDay;
        if (left < TimeSpan.FromMinutes(2)) await Task.Delay(left + TimeSpan.FromSeconds(1));
    }
}
