namespace GrainAnalytics.Browser.Tests.Support;

/// <summary>For tests of visitors without an id of their own: the server's names for them last until the day ends, in UTC.</summary>
internal static class Midnight
{
    /// <summary>Waits for the next day when the present one ends within minutes.</summary>
    public static async Task PassAsync()
    {
        var left = TimeSpan.FromDays(1) - DateTime.UtcNow.TimeOfDay;
        if (left < TimeSpan.FromMinutes(2)) await Task.Delay(left + TimeSpan.FromSeconds(1));
    }
}
