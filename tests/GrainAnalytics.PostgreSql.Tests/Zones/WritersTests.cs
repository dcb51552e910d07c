using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Jobs;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.PostgreSql.Rollups;
using GrainAnalytics.PostgreSql.Tests.Jobs;
using GrainAnalytics.PostgreSql.Tests.Statistics;
using GrainAnalytics.PostgreSql.Zones;
using GrainAnalytics.Testing;
using Npgsql;
using Xunit;
using Xunit.Abstractions;

namespace GrainAnalytics.PostgreSql.Tests.Zones;

/// <summary>A change of a time zone meets writers that write all the time, one that hangs, and its own end before it is done.</summary>
public sealed class WritersTests(PostgresFixture postgres, ITestOutputHelper output) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Writers_that_go_on_and_know_only_the_first_zone_count_by_the_last()
    {
        var random = new Random(Seed.Choose(output.WriteLine));
        await using var jobs = new Maintenance(postgres);
        // Two processes; in the second one nobody heard of the site before the first change.
        await using var one = postgres.StartSingleNode();
        await using var two = postgres.StartSingleNode(store: new PostgresEventStore(postgres.Database, 100));
        var site = await postgres.AddSiteAsync("Europe/Berlin");
        var history = new List<Happening>();
        using var stop = new CancellationTokenSource();
        var (sent, ids, seeds) = (0, 0, Enumerable.Range(0, 4).Select(_ => random.Next()).ToArray());
        var writers = seeds.Select((seed, n) => Task.Run(async () =>
        {
            var mine = new Random(seed);
            while (!stop.IsCancellationRequested)
            {
                // Old ones, and ones of the same few hours, which all writers meet in.
                var events = Histories.Make(mine, 30).Select(h => h with { Id = $"{n}-{Interlocked.Increment(ref ids)}", Anonymous = null, At = mine.Next(2) == 0 ? h.At : TestEvents.Noon + h.At % 7_200_000_000 }).ToArray();
                var outcomes = Array.Empty<IngestOutcome>();
                // As a client does that was told to come again: on a busy machine a write may wait for longer than its request.
                while (outcomes.Length == 0 || outcomes.Contains(IngestOutcome.StoreUnavailable))
                    outcomes = await (n % 2 == 0 ? one : two).AppendAsync(site, [.. events.Select(h => h.Encode())], default);
                Assert.All(outcomes, outcome => Assert.True(outcome is IngestOutcome.Stored or IngestOutcome.Duplicate, outcome.ToString()));
                lock (history) history.AddRange(events);
                Interlocked.Add(ref sent, events.Length);
                // Some thousand events a second: one of the four always writes, and a fast disk does not make each change a matter of minutes.
                await Task.Delay(mine.Next(100));
            }
        })).ToArray();
        // Somebody asks all the time, so that folds wait for the change's end.
        var folder = new SiteFolder(postgres.Database);
        var asking = Task.Run(async () =>
        {
            for (; !stop.IsCancellationRequested; await Task.Delay(10)) await folder.FoldAllAsync(site.Id, default);
        });
        var moved = site;
        foreach (var zone in (string[])["Asia/Kolkata", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"])
        {
            await WriteSomeAsync();
            moved = await jobs.RezoneAsync(moved, zone);
        }
        await WriteSomeAsync();
        await stop.CancelAsync();
        await Task.WhenAll([.. writers, asking]);
        output.WriteLine($"{history.Count} events");
        await Recount.AssertExactAsync(postgres.Database, moved);
        await OracleTests.AskAsync(jobs.Queries, moved, history, "Asia/Kolkata", random, compare: true);

        async Task WriteSomeAsync()
        {
            var before = Volatile.Read(ref sent);
            await Wait.UntilAsync(async () =>
            {
                foreach (var ended in writers.Append(asking).Where(task => task.IsCompleted)) await ended;
                return Volatile.Read(ref sent) > before + 200;
            }, "writers that write", TimeSpan.FromSeconds(60));
        }
    }

    [Fact]
    public async Task A_writer_that_hangs_delays_the_change_and_no_other_writer_for_long()
    {
        await using var jobs = new Maintenance(postgres);
        await using var engine = postgres.StartSingleNode();
        var site = await postgres.AddSiteAsync();
        await using var hanging = await HangAsync(site);
        var change = jobs.RezoneAsync(site, "Asia/Kolkata");
        for (var i = 0; i < 5; i++) Assert.Equal([IngestOutcome.Stored], await engine.AppendAsync(site, [TestEvents.Make()], default));
        Assert.False(change.IsCompleted);
        await hanging.CloseAsync();
        var moved = await change;
        Assert.Equal([IngestOutcome.Stored], await engine.AppendAsync(site, [TestEvents.Make()], default));
        await Recount.AssertExactAsync(postgres.Database, moved);
    }

    [Fact]
    public async Task A_change_that_is_undone_at_its_end_leaves_everything_as_it_was()
    {
        var random = new Random(Seed.Choose(output.WriteLine));
        await using var jobs = new Maintenance(postgres);
        await using var engine = postgres.StartSingleNode();
        var site = await postgres.AddSiteAsync("America/New_York");
        var history = Histories.Make(random, 200);
        await OracleTests.SendAsync(engine, site, history, random, () => Task.CompletedTask);
        await Assert.ThrowsAsync<JobLostException>(() => jobs.Rezoner.RunAsync(site.Id, "Asia/Kolkata", null, _ => throw new JobLostException(), default));
        await OracleTests.SendAsync(engine, site, history, random, () => Task.CompletedTask);
        await OracleTests.AskAsync(jobs.Queries, site, history, "America/New_York", random, compare: true);
        await Recount.AssertExactAsync(postgres.Database, site);
    }

    [Fact]
    public async Task A_job_that_is_cancelled_changes_nothing_and_retried_it_changes_once()
    {
        await using var jobs = new Maintenance(postgres);
        await using var engine = postgres.StartSingleNode();
        var site = await postgres.AddSiteAsync();
        await engine.AppendAsync(site, [TestEvents.Make(session: "s"), TestEvents.Make(user: "bob", at: TestEvents.At("2026-03-15T20:00:00Z"))], default);
        var (store, job) = (postgres.Store(Queue.Options), new TimeZoneJob(jobs.Rezoner, Queue.Options, () => null));
        var id = (await store.AddAsync([TimeZoneChange.Job(site.Id, "Asia/Kolkata")], default))[0];
        await using (var hanging = await HangAsync(site))
        {
            // It waits for the writer that hangs when it is cancelled, and is given up within a lease.
            var isCancelled = false;
            await Queue.RunUntilAsync([postgres.Worker(null, job)], async () =>
            {
                if (!isCancelled && await IsWaitingAsync()) isCancelled = await store.CancelAsync(id, default);
                return isCancelled && !await HasLocksAsync();
            }, "the end of the cancelled job");
        }
        Assert.Equal((JobState.Cancelled, "UTC"), ((await store.FindAsync(id, default))!.State, await ZonesAsync(site)));
        await Recount.AssertExactAsync(postgres.Database, site);

        Assert.True(await store.RetryAsync(id, default));
        await Queue.RunUntilAsync([postgres.Worker(null, job)], async () => (await store.FindAsync(id, default))!.State == JobState.Done, "the job's end");
        Assert.Equal("""{"timeZone":"Asia/Kolkata","changed":true,"from":null,"events":2}""", (await store.FindAsync(id, default))!.Result);
        await Recount.AssertExactAsync(postgres.Database, site with { Clock = new SiteClock(await ZonesAsync(site)) });
        Assert.Equal("""{"timeZone":"Asia/Kolkata","changed":false,"from":null,"events":0}""", (await postgres.RunOneAsync(job, TimeZoneChange.Job(site.Id, "Asia/Kolkata"))).Result);
        var unknown = await postgres.RunOneAsync(job, TimeZoneChange.Job(site.Id, "Mars/Olympus"));
        Assert.Equal((JobState.Dead, 1, "PostgreSQL does not know the time zone Mars/Olympus."), (unknown.State, unknown.Attempts, unknown.Error));

        Task<bool> IsWaitingAsync() => postgres.ScalarAsync<bool>("select exists (select from pg_locks where locktype = 'advisory' and classid = 1718579302 and not granted and database = (select oid from pg_database where datname = current_database()))");
        Task<bool> HasLocksAsync() => postgres.ScalarAsync<bool>("select exists (select from pg_locks where locktype = 'advisory' and classid = 1718579300 and database = (select oid from pg_database where datname = current_database()))");
    }

    // As a server that was stopped in the middle of a write.
    private async Task<NpgsqlConnection> HangAsync(Site site)
    {
        var source = new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Pooling = false };
        var connection = new NpgsqlConnection(source.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"begin; select write_in_zone({site.Id}, '{site.Clock.Zones}')", connection);
        await command.ExecuteNonQueryAsync();
        return connection;
    }

    private Task<string> ZonesAsync(Site site) => postgres.ScalarAsync<string>("select time_zone from sites where site_id = $1", site.Id);
}
