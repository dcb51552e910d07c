namespace GrainAnalytics.Web.Tests.Support;

/// <summary>Settings of a server that waits for its database as long as it may: a machine that stands still for some seconds is no outage. Tests of an end to the
/// waiting have settings of their own behind these.</summary>
internal static class PatientSettings
{
    private static readonly (string Name, string Value)[] All =
        [("Ingest:AnswerWithin", "00:01:00"), ("Ingest:MaxWait", "00:01:00"), ("Ingest:WriteTimeout", "00:05:00"), ("Statistics:ScanBudget", "00:02:00")];

    /// <summary>As on a command line.</summary>
    public static IEnumerable<string> Arguments => All.Select(setting => $"--{setting.Name}={setting.Value}");

    /// <summary>As environment variables.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Variables => All.Select(setting => KeyValuePair.Create(setting.Name.Replace(":", "__"), setting.Value));
}
