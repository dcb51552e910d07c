using GrainAnalytics.Core.Jobs;

namespace GrainAnalytics.PostgreSql.Rollups;

/// <summary>Makes a site's rollups again from its raw events: one transaction, of which nothing is left when its server dies, and which may be repeated.</summary>
public sealed class RebuildJob(SiteRebuilder rebuilder) : IJob
{
    /// <inheritdoc/>
    public string Kind => JobKinds.Rebuild;

    /// <inheritdoc/>
    public async Task<string> RunAsync(JobRun job, CancellationToken cancel)
    {
        var events = await rebuilder.RebuildAsync(job.SiteId, always: true, done => job.Progress = Json(done), cancel).ConfigureAwait(false);
        return Json(events);
    }

    private static string Json(long events) => $$"""{"events":{{events}}}""";
}
