using GrainAnalytics.Core.Jobs;
using GrainAnalytics.Core.Queries;
using GrainAnalytics.Core.Rollups;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.PostgreSql.Blocks;
using GrainAnalytics.PostgreSql.Retention;
using GrainAnalytics.PostgreSql.Rollups;
using GrainAnalytics.PostgreSql.Tests.Jobs;
using GrainAnalytics.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using static GrainAnalytics.Testing.TestEvents;

namespace GrainAnalytics.PostgreSql.Tests.Blocks;

/// <summary>Blocks are of the day as it is, or there are none.</summary>
public sealed class BlockBuilderTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private static readonly DateOnly Day = new(2026, 3, 15);

    [Fact]
    public async Task A_question_reads_a_closed_day_from_its_blocks()
    {
        await using var jobs = new Maintenance(postgres);
        var site = await SiteWithEventsAsync();
        await jobs.BuildAsync(site, [Day]);
        // Nobody does this; it shows who is asked.
        await postgres.ExecuteAsync($"delete from events where site_id = {site.Id} and type = 'purchase'");
        Assert.Equal([2L, 1L], await FunnelAsync(jobs.Queries, site));
        Assert.Equal([2L, 0L], await FunnelAsync(jobs.SqlQueries, site));
    }

    [Theory]
    [InlineData("erasure")]
    [InlineData("time zone")]
    [InlineData("rebuild")]
    [InlineData("retention")]
    public async Task What_changes_a_day_takes_its_blocks_away_and_those_that_are_being_built(string change)
    {
        await using var engine = postgres.StartSingleNode();
        await using var jobs = new Maintenance(postgres);
        foreach (var isBuilding in (bool[])[false, true])
        {
            var site = await SiteWithEventsAsync();
            if (!isBuilding) await jobs.BuildAsync(site, [Day, Day.AddDays(-1)]);
            Assert.Equal(isBuilding ? 0 : 2, await BlockDaysAsync(site));
            var now = site;
            if (isBuilding) Assert.Equal(BlockOutcome.Changed, await jobs.Builder.BuildAsync(site.Id, Day, ChangeAsync, default));
            else await ChangeAsync();
            // What was on another day stays.
            Assert.Equal(!isBuilding && change == "erasure" ? 1 : 0, await BlockDaysAsync(now));
            Assert.Equal(0, await postgres.ScalarAsync<long>("select count(*) from scan_blocks where site_id = $1 and day = $2", site.Id, Day));
            Assert.Equal(await FunnelAsync(jobs.SqlQueries, now), await FunnelAsync(jobs.Queries, now));
            await jobs.BuildAsync(now, [Day]);
            Assert.Equal(await FunnelAsync(jobs.SqlQueries, now), await FunnelAsync(jobs.Queries, now));

            async Task ChangeAsync()
            {
                switch (change)
                {
                    case "erasure": await postgres.Eraser(engine).EraseSurelyAsync(site, "bob"); break;
                    case "time zone": now = await jobs.RezoneAsync(site, "Asia/Kolkata"); break;
                    case "rebuild": await jobs.Rebuild.RunAsync(new JobRun(new TakenJob(1, Guid.NewGuid(), JobKinds.Rebuild, site.Id, "{}", null, 1)), default); break;
                    default:
                        await new PostgresRetention(postgres.Database).SetAsync(site.Id, 10, default);
                        Assert.Equal(JobState.Done, (await postgres.RunOneAsync(jobs.Retention, new NewJob(JobKinds.Retention, site.Id))).State);
                        break;
                }
            }
        }
    }

    [Theory]
    [InlineData("late event", false, new[] { 2L, 2L })]
    [InlineData("late event", true, new[] { 2L, 2L })]
    [InlineData("link", false, new[] { 1L, 1L })]
    [InlineData("link", true, new[] { 1L, 1L })]
    public async Task People_whose_events_change_are_read_from_events_until_blocks_are_built_again(string change, bool isBuilding, long[] expected)
    {
        await using var engine = postgres.StartSingleNode();
        await using var jobs = new Maintenance(postgres);
        var site = await SiteWithEventsAsync();
        if (!isBuilding) await jobs.BuildAsync(site, [Day]);
        if (isBuilding) Assert.Equal(BlockOutcome.Built, await jobs.Builder.BuildAsync(site.Id, Day, ChangeAsync, default));
        else await ChangeAsync();
        Assert.Equal(1, await BlockDaysAsync(site));
        Assert.Equal(expected, await FunnelAsync(jobs.SqlQueries, site));
        Assert.Equal(expected, await FunnelAsync(jobs.Queries, site));
        // A build that ends before its snapshot leaves the old blocks as they are.
        await Assert.ThrowsAsync<InvalidOperationException>(() => jobs.Builder.BuildAsync(site.Id, Day, () => throw new InvalidOperationException("It died."), default));
        Assert.Equal(expected, await FunnelAsync(jobs.Queries, site));
        await jobs.BuildAsync(site, [Day]);
        Assert.Equal(0, await postgres.ScalarAsync<long>("select count(*) from scan_stale where site_id = $1", site.Id));
        Assert.Equal(1, await postgres.ScalarAsync<long>("select count(*) from scan_blocks where site_id = $1", site.Id));
        // Nobody does this; it shows who is asked.
        await postgres.ExecuteAsync($"delete from events where site_id = {site.Id} and type = 'purchase'");
        Assert.Equal(expected, await FunnelAsync(jobs.Queries, site));

        async Task ChangeAsync()
        {
            await engine.AppendAsync(site, [change == "link" ? Make("ada", "identify", at: At("2026-05-01T12:00:00Z"), anonymous: "bob") : Make("bob", "purchase", at: Noon + 5)], default);
            await jobs.Keeper.FoldAsync(site.Id);
        }
    }

    [Fact]
    public async Task Of_a_day_on_which_many_people_change_at_once_the_blocks_are_taken_away()
    {
        await using var engine = postgres.StartSingleNode();
        await using var jobs = new Maintenance(postgres);
        var site = await SiteWithEventsAsync();
        await jobs.BuildAsync(site, [Day]);
        for (var sent = 0; sent < 6000; sent += 1000) await engine.AppendAsync(site, [.. Enumerable.Range(sent, 1000).Select(i => Make($"late {i}", at: Noon + i))], default);
        await jobs.Keeper.FoldAsync(site.Id);
        Assert.Equal([6002L, 1L], await FunnelAsync(jobs.Queries, site));
        Assert.Equal(await FunnelAsync(jobs.SqlQueries, site), await FunnelAsync(jobs.Queries, site));
        Assert.Equal(0, await BlockDaysAsync(site) + await postgres.ScalarAsync<long>("select count(*) from scan_stale where site_id = $1", site.Id));
    }

    [Fact]
    public async Task Of_a_day_on_which_too_many_people_changed_in_the_course_of_time_the_blocks_are_taken_away()
    {
        await using var engine = postgres.StartSingleNode();
        await using var jobs = new Maintenance(postgres);
        var site = await SiteWithEventsAsync();
        await jobs.BuildAsync(site, [Day, Day.AddDays(-1)]);
        foreach (var (entries, days) in ((int, long)[])[(StaleBlocks.Most - 1, 2), (1, 1)])
        {
            await postgres.ExecuteAsync($"insert into scan_stale (site_id, day, user_id) select {site.Id}, '{Day:O}', 'somebody' from generate_series(1, {entries})");
            await engine.AppendAsync(site, [Make("late", at: Noon)], default);
            await jobs.Keeper.FoldAsync(site.Id);
            Assert.Equal(days, await BlockDaysAsync(site));
        }
        Assert.Equal(0, await postgres.ScalarAsync<long>("select count(*) from scan_stale where site_id = $1", site.Id));
        Assert.Equal(await FunnelAsync(jobs.SqlQueries, site), await FunnelAsync(jobs.Queries, site));
    }

    [Fact]
    public async Task Whoever_has_the_sites_rollups_for_long_is_not_waited_for()
    {
        await using var jobs = new Maintenance(postgres);
        var site = await SiteWithEventsAsync();
        await using var rebuild = await postgres.Database.OpenConnectionAsync();
        await using var transaction = await rebuild.BeginTransactionAsync();
        Assert.Equal(BlockOutcome.Busy, await jobs.Builder.BuildAsync(site.Id, Day, async () =>
        {
            await using var command = new Npgsql.NpgsqlCommand($"set local idle_in_transaction_session_timeout = 0; select pg_advisory_xact_lock(1718579300, {site.Id})", rebuild);
            await command.ExecuteNonQueryAsync();
        }, default));
        Assert.Equal(0, await BlockDaysAsync(site));
        await transaction.RollbackAsync();
        await jobs.BuildAsync(site, [Day]);
        Assert.Equal(await FunnelAsync(jobs.SqlQueries, site), await FunnelAsync(jobs.Queries, site));
    }

    [Fact]
    public async Task Blocks_that_lack_what_is_not_folded_are_corrected_by_the_next_question()
    {
        await using var engine = postgres.StartSingleNode();
        await using var jobs = new Maintenance(postgres);
        var site = await SiteWithEventsAsync();
        Assert.Equal(BlockOutcome.Built, await jobs.Builder.BuildAsync(site.Id, Day, () => engine.AppendAsync(site, [Make("bob", "purchase", at: Noon + 5)], default).AsTask(), default));
        Assert.Equal(1, await BlockDaysAsync(site));
        Assert.Equal([2L, 2L], await FunnelAsync(jobs.Queries, site));
        Assert.Equal(1, await BlockDaysAsync(site));
    }

    [Fact]
    public async Task Blocks_of_another_zone_or_format_are_not_read_and_are_built_again()
    {
        await using var jobs = new Maintenance(postgres);
        var site = await SiteWithEventsAsync();
        await jobs.BuildAsync(site, [Day]);
        await postgres.ExecuteAsync($"update scan_days set format = 99 where site_id = {site.Id}; update scan_blocks set block = '\\x00' where site_id = {site.Id}");
        Assert.Equal([2L, 1L], await FunnelAsync(jobs.Queries, site));
        await jobs.BuildAsync(site, [Day]);
        Assert.Equal([2L, 1L], await FunnelAsync(jobs.Queries, site));
        // A server that has not heard of a new zone yet asks for days of the old one.
        await postgres.ExecuteAsync($"update scan_blocks set block = '\\x00' where site_id = {site.Id}");
        Assert.Equal([2L, 1L], await FunnelAsync(jobs.Queries, site with { Clock = new SiteClock("Asia/Kolkata") }));
    }

    [Fact]
    public async Task One_server_builds_a_sites_blocks_at_a_time_and_one_that_died_leaves_nothing_in_the_way()
    {
        await using var jobs = new Maintenance(postgres);
        var site = await SiteWithEventsAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => jobs.Builder.BuildAsync(site.Id, Day, async () =>
        {
            Assert.Equal(BlockOutcome.Busy, await jobs.Builder.BuildAsync(site.Id, Day.AddDays(-1), default));
            throw new InvalidOperationException("It died.");
        }, default));
        Assert.Equal(0, await BlockDaysAsync(site));
        Assert.Equal(BlockOutcome.Built, await jobs.Builder.BuildAsync(site.Id, Day, default));
        Assert.Equal(BlockOutcome.Built, await jobs.Builder.BuildAsync(site.Id, Day, default));
        Assert.Equal(1, await BlockDaysAsync(site));
        Assert.Equal(BlockOutcome.Refused, await jobs.Builder.BuildAsync(int.MaxValue, Day, default));
    }

    [Fact]
    public async Task What_a_question_misses_is_built_in_the_background_but_not_today()
    {
        await using var server = new Server(postgres, new ScanOptions { ScanBudget = TimeSpan.FromMinutes(1) });
        var site = await SiteWithEventsAsync();
        Assert.Equal([3L, 1L], await FunnelAsync(server.Queries, site, Day.AddDays(-1)));
        await Wait.UntilAsync(async () => server.Rest() && await BlockDaysAsync(site) == 1, "blocks of yesterday");
        Assert.Equal(Day.AddDays(-1), await postgres.ScalarAsync<DateOnly>("select day from scan_days where site_id = $1", site.Id));
        Assert.Equal([3L, 1L], await FunnelAsync(server.Queries, site, Day.AddDays(-1)));
    }

    [Fact]
    public async Task A_day_that_changes_while_it_is_built_in_the_background_is_built_again_without_a_question()
    {
        await using var server = new Server(postgres, new ScanOptions { ScanBudget = TimeSpan.FromMinutes(1) });
        var site = await SiteWithEventsAsync();
        await using var other = await postgres.Database.OpenConnectionAsync();
        await using var transaction = await other.BeginTransactionAsync();
        await using (var hold = new Npgsql.NpgsqlCommand("set local idle_in_transaction_session_timeout = 0; lock table scan_blocks in share mode", other)) await hold.ExecuteNonQueryAsync();
        Assert.Equal([3L, 1L], await FunnelAsync(server.Queries, site, Day.AddDays(-1)));
        await Wait.UntilAsync(async () => await postgres.ScalarAsync<long>("select count(*) from scan_days where site_id = $1", site.Id) == 1, "a build");
        await postgres.ExecuteAsync($"delete from scan_days where site_id = {site.Id}");
        await transaction.RollbackAsync();
        await Wait.UntilAsync(async () => server.Rest() && await BlockDaysAsync(site) == 1, "blocks of yesterday");
    }

    [Fact]
    public async Task The_present_day_has_blocks_up_to_some_minutes_ago_and_the_rest_is_read_from_events()
    {
        await using var engine = postgres.StartSingleNode();
        var clock = new FakeClock(Instant.ToDateTime(Noon + 1_800_000_000));
        await using var jobs = new Maintenance(postgres, clock);
        var site = await SiteWithEventsAsync();
        Assert.Equal(BlockOutcome.Built, await jobs.Builder.BuildAsync(site.Id, Day, default));
        Assert.Equal(Instant.ToDateTime(Noon + 1_800_000_000 - 120_000_000), await postgres.ScalarAsync<DateTime>("select ends_at from scan_days where site_id = $1", site.Id));
        // What happens now makes nobody stale; what happened before the end of the blocks does.
        await engine.AppendAsync(site, [Make("bob", "purchase", at: Noon + 1_790_000_000)], default);
        Assert.Equal([2L, 2L], await FunnelAsync(jobs.Queries, site));
        Assert.Equal(0, await postgres.ScalarAsync<long>("select count(*) from scan_stale where site_id = $1", site.Id));
        await engine.AppendAsync(site, [Make("zoe", at: Noon + 7), Make("zoe", "purchase", at: Noon + 1_795_000_000)], default);
        Assert.Equal([3L, 3L], await FunnelAsync(jobs.Queries, site));
        Assert.Equal(1, await postgres.ScalarAsync<long>("select count(*) from scan_stale where site_id = $1", site.Id));
        // Later it gets new ones; while they are built the old ones end where they did.
        clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(BlockOutcome.Built, await jobs.Builder.BuildAsync(site.Id, Day, async () =>
        {
            await engine.AppendAsync(site, [Make("kim", at: Noon + 1_900_000_000)], default);
            Assert.Equal([4L, 3L], await FunnelAsync(jobs.Queries, site));
        }, default));
        Assert.Equal([4L, 3L], await FunnelAsync(jobs.Queries, site));
        Assert.Equal("kim", await postgres.ScalarAsync<string>("select string_agg(distinct user_id, ' ') from scan_stale where site_id = $1", site.Id));
        // When it has passed it has all of it.
        clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(BlockOutcome.Built, await jobs.Builder.BuildAsync(site.Id, Day, default));
        Assert.Equal(Instant.ToDateTime(site.Clock.DayStart(Day.AddDays(1))), await postgres.ScalarAsync<DateTime>("select ends_at from scan_days where site_id = $1", site.Id));
        Assert.Equal([4L, 3L], await FunnelAsync(jobs.Queries, site));
    }

    [Fact]
    public async Task Large_days_of_a_site_that_somebody_asks_anything_about_are_built_before_they_are_missed()
    {
        var site = await postgres.AddSiteAsync("Europe/Berlin");
        await using (var engine = postgres.StartSingleNode())
        {
            foreach (var (day, events) in ((int, int)[])[(0, BlockKeeper.LargeDay), (1, BlockKeeper.LargeDay - 1), (2, BlockKeeper.LargeDay), (4, BlockKeeper.LargeDay), (5, BlockKeeper.LargeDay)])
                for (var sent = 0; sent < events; sent += 1000)
                    await engine.AppendAsync(site, [.. Enumerable.Range(0, Math.Min(1000, events - sent)).Select(i => Make($"user {i}", at: Noon - day * 86_400_000_000))], default);
        }
        await using var server = new Server(postgres, new ScanOptions { BlockDays = 4 });
        var week = new StatsRange(site, Day.AddDays(-6), Day);
        Assert.Equal(1000, (await server.Queries.ActiveUsersAsync(week, Period.Day, default))[1].Users);
        await Wait.UntilAsync(async () => server.Rest() && await BlockDaysAsync(site) == 3, "blocks of two days and of the present one");
        Assert.Equal(Day.AddDays(-4), await postgres.ScalarAsync<DateOnly>("select min(day) from scan_days where site_id = $1", site.Id));
        // Not with every question.
        await postgres.ExecuteAsync($"delete from scan_days where site_id = {site.Id}");
        await server.Queries.ActiveUsersAsync(week, Period.Day, default);
        server.Clock.Advance(TimeSpan.FromMinutes(61));
        await server.Queries.ActiveUsersAsync(week, Period.Day, default);
        await Wait.UntilAsync(async () => server.Rest() && await BlockDaysAsync(site) == 3, "blocks of all these days again");
        // The present day's are built again when much has come since.
        var until = await UntilAsync();
        foreach (var (events, isBuilt) in ((int, bool)[])[(90_000, false), (300_000, true)])
        {
            await postgres.ExecuteAsync($"insert into event_hourly (site_id, hour, type, shard, version, events) values ({site.Id}, '2026-03-15 22:00Z', 'view', 0, 1, {events}) on conflict (site_id, hour, type, shard) do update set events = excluded.events");
            server.Clock.Advance(TimeSpan.FromMinutes(6));
            await server.Queries.ActiveUsersAsync(week, Period.Day, default);
            if (isBuilt) await Wait.UntilAsync(async () => server.Rest() && await UntilAsync() > until, "later blocks of the present day");
            else await Task.Delay(500);
            Assert.Equal(isBuilt, await UntilAsync() > until);
        }

        Task<DateTime> UntilAsync() => postgres.ScalarAsync<DateTime>("select ends_at from scan_days where site_id = $1 and day = $2", site.Id, Day);
    }

    // Two people on the day before, too; one of them buys.
    private async Task<Site> SiteWithEventsAsync()
    {
        var site = await postgres.AddSiteAsync("Europe/Berlin");
        await using var engine = postgres.StartSingleNode();
        await engine.AppendAsync(site, [Make("ada", at: Noon), Make("bob", at: Noon), Make("ada", "purchase", at: Noon + 1), Make("eve", at: Noon - 86_400_000_000)], default);
        await using var jobs = new Maintenance(postgres);
        await jobs.Keeper.FoldAsync(site.Id);
        return site;
    }

    private Task<long> BlockDaysAsync(Site site) => postgres.ScalarAsync<long>("select count(*) from scan_days where site_id = $1 and blocks is not null", site.Id);

    private static async Task<IEnumerable<long>> FunnelAsync(PostgreSql.Queries.PostgresQueries queries, Site site, DateOnly? from = null) =>
        (await queries.FunnelAsync(new StatsRange(site, from ?? Day, Day), [new FunnelStep("page_view"), new FunnelStep("purchase")], null, default)).Select(step => step.Users);

    // Builds what its questions miss, at ten at night of the day.
    private sealed class Server : IAsyncDisposable
    {
        private readonly AnalyticsDatabase _analytics;
        private readonly MaintenanceDatabase _maintenance;
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _running;

        public Server(PostgresFixture postgres, ScanOptions options)
        {
            (_analytics, _maintenance) = (new(Database.OpenForStatistics(postgres.ConnectionString)), new(Database.OpenForMaintenance(postgres.ConnectionString)));
            var folds = new RollupKeeper(new SiteFolder(postgres.Database), new SiteRebuilder(_analytics), TimeProvider.System);
            var keeper = new BlockKeeper(new BlockBuilder(_maintenance, Clock), options, Clock, NullLogger<BlockKeeper>.Instance);
            Queries = new(new PostgreSql.Queries.Asker(_analytics, folds, blocks: keeper), new PostgreSql.Scans.Scanner(_analytics, folds, options, Clock, keeper: keeper));
            _running = keeper.RunAsync(_stop.Token);
        }

        public FakeClock Clock { get; } = new(new DateTimeOffset(2026, 3, 15, 21, 0, 0, TimeSpan.Zero));

        public PostgreSql.Queries.PostgresQueries Queries { get; }

        // Between two days it rests for as long as the first one took.
        public bool Rest()
        {
            if (Clock.Timers > 0) Clock.Advance(TimeSpan.FromSeconds(0.5));     // not while it builds: the day must not end
            return true;
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _running);
            await _analytics.DisposeAsync();
            await _maintenance.DisposeAsync();
        }
    }
}
