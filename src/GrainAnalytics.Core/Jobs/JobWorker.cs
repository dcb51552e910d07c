using GrainAnalytics.Core.Writing;
using Microsoft.Extensions.Logging;

namespace GrainAnalytics.Core.Jobs;

/// <summary>A server's worker: takes one job after the other.</summary>
/// <param name="store">The queue.</param>
/// <param name="jobs">Handlers, a kind each.</param>
/// <param name="options">How.</param>
/// <param name="metrics">Counts.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Where failures are told.</param>
/// <param name="health">Says when there is no point in asking; null: it is always asked.</param>
public sealed class JobWorker(IJobStore store, IEnumerable<IJob> jobs, JobOptions options, JobMetrics metrics, TimeProvider time, ILogger<JobWorker> log, StoreHealth? health = null)
{
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);

    private readonly Dictionary<string, IJob> _jobs = jobs.ToDictionary(job => job.Kind, StringComparer.Ordinal);
    private readonly string _name = $"{Environment.MachineName}/{Environment.ProcessId}";

    /// <summary>Works until cancelled; what is under way then is given back.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        string[] kinds = [.. _jobs.Keys];
        while (true)
        {
            TakenJob? job = null;
            try
            {
                if (health?.IsAway != true) job = await store.TakeAsync(kinds, _name, cancel).ConfigureAwait(false);
            }
            catch (EventStoreException e)
            {
                log.JobsNotTaken(e.Message);
            }
            catch (Exception e) when (!cancel.IsCancellationRequested)
            {
                // Nobody expected it, and nobody would notice that jobs are not done any more.
                log.JobsBroke(e);
            }
            if (job is null) await Task.Delay(options.Poll, time, cancel).ConfigureAwait(false);
            else await WorkAsync(job, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Does one taken job to its end, good or bad.</summary>
    public async Task WorkAsync(TakenJob job, CancellationToken cancel)
    {
        var run = new JobRun(job);
        using var mine = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var over = new CancellationTokenSource();
        var renewing = RenewAsync(run, mine, over.Token);
        JobOutcome outcome;
        try
        {
            outcome = await AttemptAsync(run, mine.Token, cancel).ConfigureAwait(false);
        }
        catch (EventStoreException e)
        {
            // What became of it cannot be written down: its lease ends, and whoever takes it then goes on.
            log.JobNotNoted(job.Kind, job.Id, e.Message);
            outcome = JobOutcome.Lost;
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            log.JobsBroke(e);
            outcome = JobOutcome.Lost;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            outcome = JobOutcome.Lost;      // it could not even be given back; its lease ends
        }
        await over.CancelAsync().ConfigureAwait(false);
        await renewing.ConfigureAwait(false);
        metrics.Ended(job.Kind, outcome);
    }

    private async Task<JobOutcome> AttemptAsync(JobRun run, CancellationToken mine, CancellationToken stopping)
    {
        var job = run.Job;
        try
        {
            var result = await _jobs[job.Kind].RunAsync(run, mine).ConfigureAwait(false);
            return await store.CompleteAsync(job, result, stopping).ConfigureAwait(false) ? JobOutcome.Done : JobOutcome.Lost;
        }
        catch (Exception) when (stopping.IsCancellationRequested)
        {
            using var patience = new CancellationTokenSource(LastWords, time);
            await store.GiveBackAsync(job, patience.Token).ConfigureAwait(false);
            return JobOutcome.GivenBack;
        }
        catch (Exception e) when (e is JobLostException || mine.IsCancellationRequested)
        {
            log.JobLost(job.Kind, job.Id);
            return JobOutcome.Lost;
        }
        catch (Exception e)
        {
            // Whatever a handler throws is the job's error: kept with it, tried again, and after the last attempt there for an operator to see.
            log.JobFailed(e, job.Kind, job.Id, job.Attempt);
            return await store.FailAsync(job, e.Message, e is JobRefusedException, stopping).ConfigureAwait(false) ? JobOutcome.Dead : JobOutcome.Failed;
        }
    }

    private async Task RenewAsync(JobRun run, CancellationTokenSource mine, CancellationToken over)
    {
        var heardAt = time.GetTimestamp();
        using var timer = new PeriodicTimer(options.Lease / 3, time);
        try
        {
            while (await timer.WaitForNextTickAsync(over).ConfigureAwait(false))
            {
                try
                {
                    if (!await store.RenewAsync(run.Job, run.Progress, over).ConfigureAwait(false)) break;
                    heardAt = time.GetTimestamp();
                }
                catch (Exception e) when (!over.IsCancellationRequested)
                {
                    if (e is EventStoreException) log.JobNotNoted(run.Job.Kind, run.Job.Id, e.Message);
                    else log.JobsBroke(e);
                    if (time.GetElapsedTime(heardAt) >= options.Lease) break;       // another worker may have it by now
                }
            }
            await mine.CancelAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // The job is over.
        }
    }
}
