namespace GrainAnalytics.System.Tests.Support;

/// <summary>How much of each fault: enough to find a broken server in every run, or with <c>GRAINANALYTICS_LONG=1</c> what the
/// table in docs/reliability.md is made of.</summary>
internal static class Size
{
    private static readonly bool IsLong = Environment.GetEnvironmentVariable("GRAINANALYTICS_LONG") == "1";

    /// <summary>Rounds of a fault.</summary>
    public static int Rounds(int shortly, int thoroughly) => IsLong ? thoroughly : shortly;

    /// <summary>How long a fault lasts.</summary>
    public static TimeSpan Seconds(int shortly, int thoroughly) => TimeSpan.FromSeconds(IsLong ? thoroughly : shortly);
}
