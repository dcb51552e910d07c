using System.Collections.Concurrent;
using GrainAnalytics.Core.Jobs;
using GrainAnalytics.PostgreSql.Sites;
using GrainAnalytics.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace GrainAnalytics.PostgreSql.Tests.Jobs;

public sealed class QueueTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    // A lease begins before the commit that takes a job: of a short one a slow disk leaves nothing.
    private static readonly JobOptions Long = Queue.With(TimeSpan.FromMinutes(5)), Renewed = Queue.With(TimeSpan.FromSeconds(15));

    public Task InitializeAsync() => postgres.ExecuteAsync("delete from jobs");

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Two_workers_do_every_job_once()
    {
        var done = new ConcurrentQueue<long>();
        var store = postgres.Store(Long);
        var ids = await store.AddAsync([.. Enumerable.Range(0, 60).Select(i => new NewJob("count", null, $$"""{"n":{{i}}}"""))], default);
        Assert.Equal(60, ids.Count);
        var handler = new TestJob("count", async (job, cancel) =>
        {
            await Task.Yield();
            done.Enqueue(job.Job.Id);
            return job.Job.Arguments;
        });
        await Queue.RunUntilAsync([postgres.Worker(Long, handler), postgres.Worker(Long, handler)],
            async () => await postgres.ScalarAsync<long>("select count(*) from jobs where state = 'done'") == 60, "60 jobs");
        Assert.Equal(ids.Order(), done.Order());
        Assert.Equal(0, await postgres.ScalarAsync<long>("select count(*) from jobs where result::text <> arguments::text or attempts <> 1"));
    }

    [Fact]
    public async Task Jobs_of_a_site_run_one_after_the_other()
    {
        var site = await postgres.AddSiteAsync();
        var (now, most) = (0, 0);
        var gate = new Lock();
        var handler = new TestJob("slow", async (job, cancel) =>
        {
            lock (gate) most = Math.Max(most, ++now);
            await Task.Delay(20, cancel);
            lock (gate) now--;
            return "{}";
        });
        await postgres.Store().AddAsync([.. Enumerable.Range(0, 10).Select(_ => new NewJob("slow", site.Id))], default);
        await Queue.RunUntilAsync([postgres.Worker(Long, handler), postgres.Worker(Long, handler)],
            async () => await postgres.ScalarAsync<long>("select count(*) from jobs where state = 'done'") == 10, "10 jobs");
        Assert.Equal(1, most);
    }

    [Fact]
    public async Task A_failing_job_is_tried_again_and_dies_with_its_error()
    {
        var attempts = 0;
        var failing = await postgres.RunOneAsync(new TestJob("fails", (_, _) => throw new InvalidOperationException($"no\0 luck {++attempts}")), new NewJob("fails", null));
        Assert.Equal((JobState.Dead, 3, "no luck 3"), (failing.State, failing.Attempts, failing.Error));
        var refused = await postgres.RunOneAsync(new TestJob("refuses", (_, _) => throw new JobRefusedException("never")), new NewJob("refuses", null));
        Assert.Equal((JobState.Dead, 1, "never"), (refused.State, refused.Attempts, refused.Error));
        attempts = 0;
        var third = await postgres.RunOneAsync(new TestJob("third", (_, _) => ++attempts < 3 ? throw new IOException("not yet") : Task.FromResult("""{"n":3}""")), new NewJob("third", null));
        Assert.Equal((JobState.Done, 3, """{"n":3}""", "not yet"), (third.State, third.Attempts, third.Result, third.Error));
        Assert.True(await postgres.Store().RetryAsync(failing.Id, default));
        Assert.False(await postgres.Store().RetryAsync(third.Id, default));
        Assert.Equal((JobState.Waiting, 0), ((await postgres.Store().FindAsync(failing.Id, default))!.State, (await postgres.Store().FindAsync(failing.Id, default))!.Attempts));
    }

    [Fact]
    public async Task A_job_whose_worker_went_away_is_taken_over_with_its_progress()
    {
        var store = postgres.Store(Long);
        await store.AddAsync([new NewJob("long", null)], default);
        var first = (await store.TakeAsync(["long"], "a", default))!;
        Assert.True(await store.RenewAsync(first, """{"at":7}""", default));
        Assert.Null(await store.TakeAsync(["long"], "b", default));
        await postgres.ExecuteAsync("update jobs set lease_until = now() - interval '1 second'");     // as if a lease had passed
        Assert.Null(await store.TakeAsync(["other"], "b", default));
        var second = (await store.TakeAsync(["long"], "b", default))!;
        Assert.Equal((first.Id, 2, """{"at":7}"""), (second.Id, second.Attempt, second.Progress));
        // The first one may still be alive: nothing it says counts.
        Assert.False(await store.RenewAsync(first, """{"at":8}""", default));
        Assert.False(await store.CompleteAsync(first, "{}", default));
        Assert.False(await store.FailAsync(first, "x", true, default));
        await store.GiveBackAsync(second, default);
        var third = (await store.TakeAsync(["long"], "c", default))!;
        Assert.Equal(2, third.Attempt);
        await postgres.ExecuteAsync("update jobs set lease_until = now() - interval '1 second', attempts = 3");
        Assert.Null(await store.TakeAsync(["long"], "d", default));
        var buried = (await store.FindAsync(first.Id, default))!;
        Assert.Equal((JobState.Dead, true), (buried.State, buried.Error!.Contains("went away")));
    }

    [Fact]
    public async Task Errors_that_nobody_expected_do_not_end_the_worker()
    {
        // Of each what comes first: polls, a sign of life, the end of the first attempt and the note that it failed.
        var left = new ConcurrentDictionary<string, int>(new Dictionary<string, int>
        {
            [nameof(IJobStore.TakeAsync)] = 3, [nameof(IJobStore.RenewAsync)] = 1, [nameof(IJobStore.CompleteAsync)] = 1, [nameof(IJobStore.FailAsync)] = 1,
        });
        var store = BreakingStore.Before(postgres.Store(Renewed), name => left.AddOrUpdate(name, -1, (_, n) => n - 1) >= 0);
        var attempts = 0;
        var handler = new TestJob("breaking", async (job, cancel) =>
        {
            // Long enough for a sign of life, which a third of a lease is between.
            if (Interlocked.Increment(ref attempts) == 1) await Wait.UntilAsync(() => left[nameof(IJobStore.RenewAsync)] <= 0, "a renewal that broke");
            return $$"""{"attempt":{{job.Job.Attempt}}}""";
        });
        var log = new Errors();
        var worker = new JobWorker(store, [handler], Renewed, new JobMetrics(new TestMeters()), TimeProvider.System, log);
        var id = (await postgres.Store().AddAsync([new NewJob("breaking", null)], default))[0];
        await Queue.RunUntilAsync([worker], async () =>
        {
            // Nobody could note its end: the next attempt begins with the end of the lease, which is now.
            if (left[nameof(IJobStore.FailAsync)] == 0) await postgres.ExecuteAsync("update jobs set lease_until = now() - interval '1 second' where state = 'running' and attempts = 1");
            return (await postgres.Store().FindAsync(id, default))!.State == JobState.Done;
        }, "the end of the job");
        Assert.Equal("""{"attempt":2}""", (await postgres.Store().FindAsync(id, default))!.Result);
        Assert.All(left.Values, n => Assert.True(n <= 0));
        // All are told: three polls, the renewal, the job's first attempt (as the job's error) and that this could not be noted.
        Assert.Equal(6, log.Seen.Count(e => e is NotSupportedException));
    }

    private sealed class Errors : ILogger<JobWorker>
    {
        public ConcurrentQueue<Exception?> Seen { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel level) => level >= LogLevel.Error;

        public void Log<TState>(LogLevel level, EventId id, TState state, Exception? error, Func<TState, Exception?, string> text)
        {
            if (level >= LogLevel.Error) Seen.Enqueue(error);
        }
    }

    [Fact]
    public async Task A_running_job_keeps_its_lease_and_ends_when_it_is_cancelled()
    {
        var store = postgres.Store();
        var begun = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        var handler = new TestJob("endless", async (job, cancel) =>
        {
            job.Progress = """{"n":1}""";
            begun.SetResult();
            try
            {
                await Task.Delay(Timeout.Infinite, cancel);
            }
            finally
            {
                ended.SetResult();
            }
            return "{}";
        });
        var id = (await store.AddAsync([new NewJob("endless", null)], default))[0];
        await Queue.RunUntilAsync([postgres.Worker(Renewed, handler), postgres.Worker(Renewed, handler)], async () =>
        {
            await begun.Task;
            var until = await postgres.ScalarAsync<DateTime>("select lease_until from jobs");
            await Wait.UntilAsync(async () => await postgres.ScalarAsync<DateTime>("select lease_until from jobs") > until.AddSeconds(1), "a renewed lease");
            Assert.Equal("""{"n":1}""", (await store.FindAsync(id, default))!.Progress);
            Assert.True(await store.CancelAsync(id, default));
            await Wait.ForAsync(ended.Task, "the end of a cancelled job");
            return true;
        }, "a cancelled job");
        Assert.Equal((JobState.Cancelled, 1), ((await store.FindAsync(id, default))!.State, (await store.FindAsync(id, default))!.Attempts));
    }

    [Fact]
    public async Task A_stopping_server_gives_its_job_back()
    {
        var store = postgres.Store();
        var begun = new TaskCompletionSource();
        await store.AddAsync([new NewJob("stopped", null)], default);
        // On a clock of its own, because last words have to be short.
        await Queue.RunUntilAsync([postgres.Worker(new FakeClock(), Long, new TestJob("stopped", async (_, cancel) =>
        {
            begun.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancel);
            return "{}";
        }))], async () => { await begun.Task; return true; }, "a job that runs");
        var job = (await store.ListAsync(new JobFilter(Kind: "stopped"), null, 10, default)).Jobs[0];
        Assert.Equal((JobState.Waiting, 0), (job.State, job.Attempts));
    }

    [Fact]
    public async Task Nightly_jobs_are_planned_once_by_any_number_of_servers_at_the_sites_midnight()
    {
        await postgres.ExecuteAsync("delete from sites");
        var clock = new FakeClock(new DateTimeOffset(2026, 3, 28, 9, 59, 0, TimeSpan.Zero));      // before midnight on Kiritimati, UTC+14
        var island = await postgres.AddSiteAsync("Pacific/Kiritimati");
        var berlin = await postgres.AddSiteAsync("Europe/Berlin");
        var sites = new PostgresSiteStore(postgres.Database);
        NightlyPlan Plan() => new(postgres.Store(), sites, new JobOptions(), clock, NullLogger<NightlyPlan>.Instance);
        var plans = new[] { Plan(), Plan(), Plan() };
        Assert.Equal(4, (await Task.WhenAll(plans.Select(plan => plan.PlanAsync(default)))).Sum());
        Assert.Equal(0, await Plan().PlanAsync(default));
        clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(2, (await Task.WhenAll(plans.Select(plan => plan.PlanAsync(default)))).Sum());
        var job = (await postgres.Store().ListAsync(new JobFilter(SiteId: island.Id, Kind: "recount"), null, 1, default)).Jobs[0];
        Assert.Equal("""{"date":"2026-03-28"}""", job.Arguments);
        Assert.Equal(TestEvents.At("2026-03-28T10:10:00Z"), job.RunAt);
        clock.Advance(TimeSpan.FromDays(1));        // the night of 23 hours
        Assert.Equal(4, (await Task.WhenAll(plans.Select(plan => plan.PlanAsync(default)))).Sum());
        Assert.Equal(TestEvents.At("2026-03-28T23:10:00Z"), (await postgres.Store().ListAsync(new JobFilter(SiteId: berlin.Id), null, 1, default)).Jobs[0].RunAt);
    }

    [Fact]
    public async Task What_was_over_long_ago_is_removed()
    {
        var store = postgres.Store(new JobOptions());
        await store.AddAsync([new NewJob("a", null), new NewJob("b", null)], default);
        await postgres.ExecuteAsync("update jobs set state = 'done', finished_at = now() - interval '31 days' where kind = 'a'");
        await postgres.ExecuteAsync("insert into recount_findings (job_id, differences, found_in, examples) select id, 1, 'x', '[]' from jobs");
        Assert.Equal(1, await store.CleanAsync(default));
        Assert.Equal("b", Assert.Single((await store.ListAsync(new JobFilter(), null, 10, default)).Jobs).Kind);
        Assert.Equal(1, await postgres.ScalarAsync<long>("select count(*) from recount_findings"));
        await postgres.ExecuteAsync("delete from recount_findings");
    }

    [Theory]
    [InlineData(1, 10), InlineData(2, 20), InlineData(5, 160), InlineData(10, 3600), InlineData(100, 3600)]
    public void Pauses_double_up_to_the_longest(int attempt, int seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), new JobOptions().PauseAfter(attempt));
}
