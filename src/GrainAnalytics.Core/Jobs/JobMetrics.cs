using System.Diagnostics.Metrics;

namespace GrainAnalytics.Core.Jobs;

/// <summary>How an attempt at a job ended.</summary>
public enum JobOutcome
{
    /// <summary>Done.</summary>
    Done,
    /// <summary>Failed; it is tried again.</summary>
    Failed,
    /// <summary>Failed for the last time.</summary>
    Dead,
    /// <summary>Cancelled, or given to another worker.</summary>
    Lost,
    /// <summary>Given back because the server stops.</summary>
    GivenBack,
}

/// <summary>Counts attempts at jobs, and what recounts found.</summary>
public sealed class JobMetrics
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "GrainAnalytics.Jobs";

    private static readonly string[] Outcomes = ["done", "failed", "dead", "lost", "given-back"];

    private readonly Counter<long> _attempts, _differences, _removed;

    /// <summary>Makes the instruments.</summary>
    public JobMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _attempts = meter.CreateCounter<long>("grainanalytics.jobs.attempts", "{attempt}", "Attempts at jobs, by kind and by how they ended.");
        _differences = meter.CreateCounter<long>("grainanalytics.recount.differences", "{difference}", "Counts that differed from the raw events and were repaired, by table.");
        _removed = meter.CreateCounter<long>("grainanalytics.retention.events", "{event}", "Raw events removed because their site keeps them no longer.");
    }

    /// <summary>Counts an attempt.</summary>
    public void Ended(string kind, JobOutcome outcome) => Add(kind, outcome, 1);

    /// <summary>Counts what a recount found in a table.</summary>
    public void Differed(string table, long differences) => _differences.Add(differences, new KeyValuePair<string, object?>("table", table));

    /// <summary>Counts events that retention removed.</summary>
    public void Removed(long events) => _removed.Add(events);

    /// <summary>Adds nothing to the counters that alerts look at, so that each exists before it first counts.</summary>
    public void Announce()
    {
        foreach (var kind in JobKinds.All)
            foreach (var outcome in Enum.GetValues<JobOutcome>()) Add(kind, outcome, 0);
        foreach (var table in RecountTables.All) Differed(table, 0);
        Removed(0);
    }

    private void Add(string kind, JobOutcome outcome, int attempts) => _attempts.Add(attempts,
        new KeyValuePair<string, object?>("kind", kind), new KeyValuePair<string, object?>("outcome", Outcomes[(int)outcome]));
}

/// <summary>Tables that a recount compares with the raw events, in its order.</summary>
public static class RecountTables
{
    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> All { get; } = ["event_hourly", "user_days", "daily_active_users", "sessions", "users", "visits", "hour_activity", "session_days",
        "value_months", "value_users", "period_users", "retention"];
}
