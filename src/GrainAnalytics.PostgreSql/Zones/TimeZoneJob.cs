using System.Globalization;
using System.Text.Json;
using GrainAnalytics.Core.Jobs;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.PostgreSql.Jobs;

namespace GrainAnalytics.PostgreSql.Zones;

/// <summary>Changes a site's time zone: one transaction, of which nothing is left when its server dies or the job is cancelled, and of which a second attempt finds
/// that it is done. Then every server is told.</summary>
/// <param name="rezoner">Changes it.</param>
/// <param name="options">For the lease.</param>
/// <param name="sites">Tells servers of the change; null: there are none to tell. Asked for late: it is the engine's.</param>
public sealed class TimeZoneJob(SiteRezoner rezoner, JobOptions options, Func<ISiteRegistry?> sites) : IJob
{
    /// <inheritdoc/>
    public string Kind => JobKinds.TimeZone;

    /// <inheritdoc/>
    public async Task<string> RunAsync(JobRun job, CancellationToken cancel)
    {
        var timeZone = TimeZoneChange.Of(job.Job.Arguments) ?? throw new JobRefusedException("A change of the time zone needs a timeZone.");
        var done = await rezoner.RunAsync(job.SiteId, timeZone, events => job.Progress = $$"""{"events":{{events}}}""", async connection =>
        {
            if (!await PostgresJobs.HoldAsync(connection, job.Job, null, options.Lease, cancel).ConfigureAwait(false)) throw new JobLostException();
        }, cancel).ConfigureAwait(false);
        // Also when there was nothing to do: an earlier attempt may have died before it told anybody.
        if (sites() is { } registry) await registry.AnnounceAsync(job.SiteId, cancel).ConfigureAwait(false);
        var from = done?.From is { } at ? $"\"{Instant.ToText(at)}\"" : "null";
        return $$"""{"timeZone":{{JsonSerializer.Serialize(timeZone)}},"changed":{{(done is null ? "false" : "true")}},"from":{{from}},"events":{{(done?.Events ?? 0).ToString(CultureInfo.InvariantCulture)}}}""";
    }
}
