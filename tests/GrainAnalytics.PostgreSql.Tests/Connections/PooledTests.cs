using GrainAnalytics.Core.Jobs;
using GrainAnalytics.Core.Journeys;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.PostgreSql.Jobs;
using GrainAnalytics.PostgreSql.Rollups;
using GrainAnalytics.Testing;
using Npgsql;
using Xunit;
using static GrainAnalytics.Testing.TestEvents;

namespace GrainAnalytics.PostgreSql.Tests.Connections;

/// <summary>A connection goes back to the pool after its statement was cancelled or failed, and whoever has it next must get answers. When a statement
/// that Npgsql prepares automatically ends between its parsing and its description, Npgsql keeps it as one without columns, and the next use of
/// it ends with an unexpected DataRow.</summary>
public sealed class PooledTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    // Parsing a statement locks the table alone; planning it, between the two, locks its partitions. So whoever holds one of them holds a statement there.
    private const string Partition = "events_old";

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_session_can_be_read_after_a_read_was_cancelled_while_it_was_planned(int use)
    {
        var site = await AddEventAsync();
        await using var database = Open(Database.Open);
        var store = new PostgresEventStore(database);
        await CancelAsync(use, async cancel => Assert.Equal(1, (await store.ReadSessionAsync(site, "s", 10, cancel))!.EventCount));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_journey_can_be_read_after_a_read_was_cancelled_while_it_was_planned(int use)
    {
        var site = await AddEventAsync();
        await using var database = Open(Database.Open);
        await using var journeys = new JourneyDatabase(Open(Database.OpenForJourneys));
        var store = new PostgresEventStore(database, journeys: journeys);
        // The first of its two statements is what waits; read by type, it has only the other one.
        await CancelAsync(use, async cancel => Assert.Single(await store.ReadJourneyAsync(site, new JourneyQuery("ada"), 10, cancel)));
        await CancelAsync(use, async cancel => Assert.Single(await store.ReadJourneyAsync(site, new JourneyQuery("ada", Type: "page_view"), 10, cancel)));
    }

    [Theory]
    [InlineData(1, "")]
    [InlineData(2, "")]
    [InlineData(3, "")]
    [InlineData(2, "Max Auto Prepare=20;Auto Prepare Min Usages=2")]
    public async Task No_data_source_keeps_a_statement_that_was_cancelled_while_it_was_planned(int use, string settings)
    {
        foreach (var open in (Func<string, NpgsqlDataSource>[])[Database.Open, Database.OpenForStatistics, Database.OpenForJourneys])
        {
            await using var database = Open(open, settings);
            await CancelAsync(use, async cancel =>
            {
                await using var command = database.CreateCommand("select count(*) from events where site_id = $1");
                command.Parameters.Add(new() { Value = 0 });
                Assert.Equal(0L, await command.ExecuteScalarAsync(cancel));
            });
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task No_data_source_keeps_a_statement_that_failed_while_it_was_planned(int use)
    {
        await using var database = Open(Database.OpenForStatistics);
        for (var i = 1; i < use; i++) Assert.Equal(5, await DivideAsync(database, 2));
        Assert.Equal(PostgresErrorCodes.DivisionByZero, (await Assert.ThrowsAsync<PostgresException>(() => DivideAsync(database, 0))).SqlState);
        Assert.Equal(5, await DivideAsync(database, 2));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Jobs_can_be_taken_after_a_worker_was_stopped_while_it_looked_for_one(int use)
    {
        await using var database = Open(Database.Open);
        var jobs = new PostgresJobs(database, new JobOptions());
        // Without a row nobody would see that its columns are not known.
        await jobs.AddAsync([.. Enumerable.Range(0, use + 1).Select(_ => new NewJob($"kind-{use}", null, "{}", null, null))], default);
        await CancelAsync(use, async cancel => Assert.NotNull(await jobs.TakeAsync([$"kind-{use}"], "worker", cancel)), "jobs_open");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_site_can_be_folded_after_a_fold_was_cancelled_while_it_was_planned(int use)
    {
        var site = await AddEventAsync();
        await using var database = Open(Database.Open);
        var folder = new SiteFolder(database);
        await using var writer = postgres.Store.OpenWriter(0);
        await CancelAsync(use, async cancel =>
        {
            await writer.WriteAsync([EventRow.Of(site, Make(session: "s"))], mayBeOwnWork: false, default);
            await folder.FoldAllAsync(site.Id, cancel);
        }, "users_pkey");
        Assert.Equal(0L, await postgres.ScalarAsync<long>("select count(*) from fold_journal where site_id = $1", site.Id));
    }

    [Fact]
    public async Task An_answer_that_nobody_expected_means_that_the_store_is_away()
    {
        // The real thing, made with a data source that is not ours.
        await using var database = NpgsqlDataSource.Create($"{postgres.ConnectionString};Maximum Pool Size=1;Max Auto Prepare=1;Auto Prepare Min Usages=1;Options=-c plan_cache_mode=force_custom_plan");
        await Assert.ThrowsAsync<PostgresException>(() => DivideAsync(database, 0));
        var e = await Assert.ThrowsAsync<EventStoreException>(() => StoreErrors.GuardAsync(() => DivideAsync(database, 2), default));
        Assert.Equal((StoreFailure.Away, true), (e.Failure, e.IsOutcomeUnknown));
        Assert.Equal(5, await DivideAsync(database, 2));
        // Ours: a bug is none.
        await Assert.ThrowsAsync<InvalidOperationException>(() => StoreErrors.GuardAsync<int>(() => throw new InvalidOperationException(), default));
    }

    // Values are known when it is planned, and it is planned for them.
    private static async Task<object?> DivideAsync(NpgsqlDataSource database, int by)
    {
        await using var command = database.CreateCommand("select 10 / $1");
        command.Parameters.Add(new() { Value = by });
        return await command.ExecuteScalarAsync();
    }

    // Uses it until its use of this number, which is cancelled while it waits for a partition, or for an index, which is looked at at the same time; after
    // which it must answer.
    private async Task CancelAsync(int use, Func<CancellationToken, Task> ask, string? index = null)
    {
        for (var i = 1; i < use; i++) await ask(default);
        await using (var holder = await postgres.Database.OpenConnectionAsync())
        await using (await holder.BeginTransactionAsync())
        {
            var text = index is null ? $"lock table {Partition} in access exclusive mode" : $"alter index {index} set tablespace pg_default";
            await using (var hold = new NpgsqlCommand(text, holder)) await hold.ExecuteNonQueryAsync();
            using var cancel = new CancellationTokenSource();
            var waiting = ask(cancel.Token);
            while (!await postgres.ScalarAsync<bool>($"select exists (select from pg_locks where not granted and relation = '{index ?? Partition}'::regclass)"))
            {
                Assert.False(waiting.IsCompleted, "It did not wait.");
                await Task.Delay(5);
            }
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        }
        await ask(default);
        await ask(default);
    }

    private NpgsqlDataSource Open(Func<string, NpgsqlDataSource> open, string settings = "") => open($"{postgres.ConnectionString};Maximum Pool Size=1;{settings}");

    private async Task<Site> AddEventAsync()
    {
        var site = await postgres.AddSiteAsync();
        await using var engine = postgres.StartSingleNode();
        await engine.AppendAsync(site, [Make(session: "s")], default);
        return site;
    }
}
