using GrainAnalytics.Core.Jobs;
using GrainAnalytics.PostgreSql.Jobs;
using GrainAnalytics.PostgreSql.Zones;

namespace GrainAnalytics.PostgreSql.Rollups;

/// <summary>Makes a site's rollups again from its raw events: one transaction, of which nothing is left when its server dies, and which may be repeated. When retention has
/// removed events, the days from then on; the days before, users and sessions stay as they are.</summary>
public sealed class RebuildJob(SiteRebuilder rebuilder, SiteRezoner rezoner, IRetentionStore retention, JobOptions options) : IJob
{
    /// <inheritdoc/>
    public string Kind => JobKinds.Rebuild;

    /// <inheritdoc/>
    public async Task<string> RunAsync(JobRun job, CancellationToken cancel)
    {
        var isCut = await retention.ReadAsync(job.SiteId, cancel).ConfigureAwait(false) is { KeptFrom: not null };
        return Json(isCut ? (await rezoner.RepeatAsync(job.SiteId, Note, HoldAsync, cancel).ConfigureAwait(false)).Events
            : await rebuilder.RebuildAsync(job.SiteId, always: true, Note, cancel).ConfigureAwait(false));

        void Note(long done) => job.Progress = Json(done);

        async Task HoldAsync(Npgsql.NpgsqlConnection connection)
        {
            if (!await PostgresJobs.HoldAsync(connection, job.Job, null, options.Lease, cancel).ConfigureAwait(false)) throw new JobLostException();
        }
    }

    private static string Json(long events) => $$"""{"events":{{events}}}""";
}
