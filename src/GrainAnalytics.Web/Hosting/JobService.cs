using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Jobs;

namespace GrainAnalytics.Web.Hosting;

/// <summary>Works off the job queue beside the server, once the store is ready.</summary>
internal sealed class JobService(JobWorker worker, NightlyPlan plan, IStoreKeeper keeper, JobOptions options, TimeProvider time, ILogger<JobService> log) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Enabled) return;
        while (!keeper.IsReady) await Task.Delay(Look, time, stoppingToken);
        try
        {
            await Task.WhenAll(worker.RunAsync(stoppingToken), plan.RunAsync(stoppingToken));
        }
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            // A bug in the queue must not take the ingest down with it.
            log.JobsEnded(e);
        }
    }
}
