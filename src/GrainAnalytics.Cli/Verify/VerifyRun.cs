using GrainAnalytics.Cli.Output;

namespace GrainAnalytics.Cli.Verify;

/// <summary>A verification from reading the files to its report.</summary>
internal static class VerifyRun
{
    /// <summary>Verifies.</summary>
    /// <exception cref="Commands.CommandException">It cannot be said.</exception>
    public static async Task<VerifyReport> RunAsync(VerifySettings settings, CancellationToken cancel, Bar? bar = null)
    {
        var acked = AckedEvents.Read(settings.Files);
        var findings = new Findings(settings.Examples);
        var database = settings.Database is { } connection ? new DatabaseCheck(settings, connection, acked, findings) : null;
        using var api = new ApiClient(settings);
        if (settings.Wait > TimeSpan.Zero) await ServerWait.UntilWellAsync(settings, api, cancel);
        var journeys = new JourneyCheck(settings, api, acked, findings);
        await journeys.RunAsync(share => bar?.Set(share, "journeys"), cancel);
        bar?.Set(0, "counters");
        var counters = new CounterCheck(settings, api, journeys.Tally, findings);
        await counters.RunAsync(cancel);
        long? rows = database is null ? null : await database.RunAsync(share => bar?.Set(share, "database"), cancel);
        var all = findings.ToList();
        return new VerifyReport
        {
            IsFine = all.Count == 0,
            Acknowledged = acked.ById.Count,
            Users = journeys.Users,
            Stored = journeys.Events,
            Unacknowledged = journeys.Unacknowledged,
            Lost = Math.Max(findings.Count("lost"), findings.Count("lost-row")),
            Doubled = Math.Max(findings.Count("doubled"), findings.Count("doubled-row")),
            CountersCompared = counters.Compared,
            Rows = rows,
            Findings = all,
        };
    }
}
