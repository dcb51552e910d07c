using GrainAnalytics.Core.Jobs;
using GrainAnalytics.PostgreSql.Jobs;
using GrainAnalytics.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace GrainAnalytics.PostgreSql.Tests.Jobs;

/// <summary>A handler that does what the test says.</summary>
internal sealed class TestJob(string kind, Func<JobRun, CancellationToken, Task<string>> work) : IJob
{
    public string Kind => kind;

    public Task<string> RunAsync(JobRun job, CancellationToken cancel) => work(job, cancel);
}

/// <summary>The queue of a test's database.</summary>
internal static class Queue
{
    /// <summary>Options with which nothing waits for long.</summary>
    public static JobOptions Options => new()
    {
        Poll = TimeSpan.FromMilliseconds(50), Lease = TimeSpan.FromSeconds(1), RetryAfter = TimeSpan.FromMilliseconds(10), MaxRetryAfter = TimeSpan.FromMilliseconds(50), MaxAttempts = 3,
    };

    /// <summary>The same with leases that a slow commit does not end.</summary>
    public static JobOptions With(TimeSpan lease)
    {
        var options = Options;
        options.Lease = lease;
        return options;
    }

    public static PostgresJobs Store(this PostgresFixture postgres, JobOptions? options = null) => new(postgres.Database, options ?? Options);

    public static JobWorker Worker(this PostgresFixture postgres, JobOptions? options, params IJob[] jobs) => postgres.Worker(TimeProvider.System, options, jobs);

    public static JobWorker Worker(this PostgresFixture postgres, TimeProvider time, JobOptions? options, params IJob[] jobs) =>
        new(postgres.Store(options), jobs, options ?? Options, new JobMetrics(new TestMeters()), time, NullLogger<JobWorker>.Instance);

    /// <summary>Runs workers until the condition holds.</summary>
    public static async Task RunUntilAsync(IEnumerable<JobWorker> workers, Func<Task<bool>> condition, string missing)
    {
        using var stop = new CancellationTokenSource();
        var running = workers.Select(worker => Task.Run(() => worker.RunAsync(stop.Token))).ToArray();
        try
        {
            await Wait.UntilAsync(condition, missing);
        }
        finally
        {
            await stop.CancelAsync();
            foreach (var worker in running) await Xunit.Assert.ThrowsAnyAsync<OperationCanceledException>(() => worker);
        }
    }

    /// <summary>Puts one job into the queue and runs it to its end.</summary>
    public static async Task<StoredJob> RunOneAsync(this PostgresFixture postgres, IJob handler, NewJob job, JobOptions? options = null)
    {
        var store = postgres.Store(options);
        var id = (await store.AddAsync([job], default))[0];
        await RunUntilAsync([postgres.Worker(options, handler)], async () => (await store.FindAsync(id, default))!.State is JobState.Done or JobState.Dead, $"the end of job {job.Kind}");
        return (await store.FindAsync(id, default))!;
    }
}
