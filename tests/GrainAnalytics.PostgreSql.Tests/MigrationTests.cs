using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.PostgreSql.Schema;
using GrainAnalytics.PostgreSql.Sites;
using GrainAnalytics.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;

namespace GrainAnalytics.PostgreSql.Tests;

/// <summary>Each test begins with an empty database.</summary>
public sealed class MigrationTests : IAsyncLifetime
{
    private sealed class EmptyFixture : PostgresFixture
    {
        protected override bool IsMigrated => false;
    }

    private readonly EmptyFixture _postgres = new();

    public Task InitializeAsync() => _postgres.InitializeAsync();
    public Task DisposeAsync() => _postgres.DisposeAsync();

    private Migrator NewMigrator() => new(_postgres.Database, NullLogger<Migrator>.Instance);
    private PartitionKeeper NewKeeper() => new(_postgres.Database, TimeProvider.System, NullLogger<PartitionKeeper>.Instance);
    private Bootstrapper NewBootstrapper(string zone = "UTC") =>
        new(_postgres.Database, new BootstrapOptions { WriteKey = "w", ApiKey = "a", TimeZone = zone }, NullLogger<Bootstrapper>.Instance);

    [Fact]
    public async Task A_database_is_migrated_once_however_often_it_is_asked()
    {
        for (var i = 0; i < 3; i++) await NewMigrator().MigrateAsync(default);
        Assert.Equal(Sql.Migrations.Count(), (int)await _postgres.ScalarAsync<long>("select count(*) from schema_migrations"));
        Assert.Equal(0, await _postgres.ScalarAsync<long>("select count(*) from events"));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(8)]
    public async Task Servers_that_start_at_once_agree(int servers)
    {
        await Wait.ForAsync(Task.WhenAll(Enumerable.Range(0, servers).Select(_ => Task.Run(async () =>
        {
            await NewMigrator().MigrateAsync(default);
            await NewKeeper().EnsureAsync(default);
            await NewBootstrapper().EnsureAsync(default);
        }))), $"the start of {servers} servers");
        Assert.Equal(1, await _postgres.ScalarAsync<long>("select count(*) from sites"));
        Assert.Equal(2, await _postgres.ScalarAsync<long>("select count(*) from site_keys"));
        Assert.Equal(0, await _postgres.ScalarAsync<long>("select count(*) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())"));
    }

    [Fact]
    public async Task A_migration_that_was_changed_is_refused()
    {
        await NewMigrator().MigrateAsync(default);
        await _postgres.ExecuteAsync("update schema_migrations set checksum = 'other' where version = 1");
        Assert.Contains("changed", (await Assert.ThrowsAsync<InvalidOperationException>(() => NewMigrator().MigrateAsync(default))).Message);
        await _postgres.ExecuteAsync("delete from schema_migrations where version = 1");
        await Assert.ThrowsAsync<PostgresException>(() => NewMigrator().MigrateAsync(default));     // its tables are there: the lock is free again
    }

    [Fact]
    public async Task A_newer_database_is_refused()
    {
        await NewMigrator().MigrateAsync(default);
        await _postgres.ExecuteAsync("insert into schema_migrations (version, name, checksum) values (9999, 'later', 'x')");
        Assert.Contains("9999", (await Assert.ThrowsAsync<InvalidOperationException>(() => NewMigrator().MigrateAsync(default))).Message);
    }

    [Fact]
    public async Task A_database_that_goes_away_during_a_migration_is_a_store_error()
    {
        await NewMigrator().MigrateAsync(default);
        await using var holder = await _postgres.Database.OpenConnectionAsync();
        await using var transaction = await holder.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand("lock table schema_migrations in access exclusive mode", holder)) await hold.ExecuteNonQueryAsync();
        var migrating = NewMigrator().MigrateAsync(default);
        await Wait.UntilAsync(async () => await _postgres.ScalarAsync<long>(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") > 0,
            "a migration that waits for its table");
        var error = await Assert.ThrowsAnyAsync<Exception>(() => migrating);
        Assert.True(StoreErrors.IsStoreError(error, default), error.ToString());
    }

    [Fact]
    public async Task Every_date_has_its_partition()
    {
        await NewMigrator().MigrateAsync(default);
        await NewKeeper().EnsureAsync(default);
        await NewKeeper().EnsureAsync(default);
        var site = await _postgres.AddSiteAsync();
        var now = TestEvents.At(DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'"));
        const long day = Core.Text.Instant.Day;
        long[] dates = [0, TestEvents.At("1971-05-05"), TestEvents.At("2014-12-31T23:59:59.999999Z"), TestEvents.At("2015-01-01"), TestEvents.At("2016-02-29"), now - 400 * day,
            now - 31 * day, now, now + day];
        await using var writer = _postgres.Store.OpenWriter(0);
        var result = await writer.WriteAsync(TestEvents.Rows(site, dates.Select(at => TestEvents.Make(at: at))), false, default);
        Assert.All(result.IsStored, Assert.True);
        Assert.Equal(dates.Length, await Recount.RowsAsync(_postgres.Database, site));
        Assert.InRange(await _postgres.ScalarAsync<long>("select count(*) from pg_inherits where inhparent = 'events'::regclass"), 10, 60);
    }

    [Fact]
    public async Task Without_its_partition_an_event_waits_and_is_no_dead_letter()
    {
        await NewMigrator().MigrateAsync(default);
        var site = await _postgres.AddSiteAsync();
        await using var writer = _postgres.Store.OpenWriter(0);
        var rows = TestEvents.Rows(site, [TestEvents.Make()]);
        var error = await Assert.ThrowsAsync<EventStoreException>(() => writer.WriteAsync(rows, false, default));
        Assert.Equal(StoreFailure.Away, error.Failure);
        await NewKeeper().EnsureAsync(default);
        Assert.True((await writer.WriteAsync(rows, false, default)).IsStored[0]);
    }

    [Fact]
    public async Task An_unknown_time_zone_stops_the_start()
    {
        await NewMigrator().MigrateAsync(default);
        await Assert.ThrowsAsync<TimeZoneNotFoundException>(() => NewBootstrapper("Mars/Olympus").EnsureAsync(default));
        Assert.Equal(0, await _postgres.ScalarAsync<long>("select count(*) from sites"));
    }
}

public sealed class PartitionPlanTests
{
    [Fact]
    public void A_new_database_gets_months_of_this_year_and_three_ahead_and_earlier_years_whole()
    {
        var plan = PartitionKeeper.Plan(new DateOnly(2026, 11, 21), new HashSet<string>()).ToList();
        Assert.Equal(("events_old", null, new DateOnly(2015, 1, 1)), plan[0]);
        Assert.Equal(("events_2015", new DateOnly(2015, 1, 1), new DateOnly(2016, 1, 1)), plan[1]);
        Assert.Equal(1 + 11 + 12 + 2, plan.Count);
        Assert.Equal(("events_2027_02", new DateOnly(2027, 2, 1), new DateOnly(2027, 3, 1)), plan[^1]);
        for (var i = 1; i < plan.Count; i++) Assert.Equal(plan[i - 1].To, plan[i].From);        // no gap, no overlap
    }

    [Theory]
    [InlineData("2026-11-21")]
    [InlineData("2026-02-10")]
    public void Over_years_of_upkeep_and_of_absence_there_is_no_gap_and_no_overlap(string start)
    {
        foreach (var step in new[] { 1, 20, 45, 200, 500 })
        {
            var existing = new Dictionary<string, (DateOnly? From, DateOnly To)>();
            for (var today = DateOnly.Parse(start, System.Globalization.CultureInfo.InvariantCulture); today.Year < 2031; today = today.AddDays(step))
            {
                foreach (var (name, from, to) in PartitionKeeper.Plan(today, existing.Keys.ToHashSet())) existing.Add(name, (from, to));
                var all = existing.Values.OrderBy(p => p.To).ToList();
                for (var i = 1; i < all.Count; i++) Assert.Equal(all[i - 1].To, all[i].From);
                Assert.True(all[^1].To > today.AddMonths(3).AddDays(-31));
            }
        }
    }
}
