namespace GrainAnalytics.Core.Jobs;

/// <summary>Kinds of jobs. They stand in the queue, in metrics and in the API, and never change.</summary>
public static class JobKinds
{
    /// <summary>Makes a site's rollups again from its raw events.</summary>
    public const string Rebuild = "rebuild";

    /// <summary>Compares a day's rollups with the raw events and repairs them.</summary>
    public const string Recount = "recount";

    /// <summary>Removes raw events that a site keeps no longer.</summary>
    public const string Retention = "retention";

    /// <summary>Changes a site's time zone, and counts by its days again.</summary>
    public const string TimeZone = "time-zone";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Rebuild, Recount, Retention, TimeZone];

    /// <summary>Those that need no more than a site and a day.</summary>
    public static IReadOnlyList<string> Startable { get; } = [Rebuild, Recount, Retention];
}
