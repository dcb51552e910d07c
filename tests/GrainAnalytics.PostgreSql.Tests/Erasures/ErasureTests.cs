using GrainAnalytics.Core.Enrichment;
using GrainAnalytics.Core.Erasures;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Journeys;
using GrainAnalytics.Core.Jobs;
using GrainAnalytics.Core.Queries;
using GrainAnalytics.Core.Rollups;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.PostgreSql.Erasures;
using GrainAnalytics.PostgreSql.Retention;
using GrainAnalytics.PostgreSql.Tests.Jobs;
using GrainAnalytics.Testing;
using Npgsql;
using Xunit;
using static GrainAnalytics.Testing.TestEvents;

namespace GrainAnalytics.PostgreSql.Tests.Erasures;

public sealed class ErasureTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private static readonly DateOnly Day = new(2026, 3, 15);

    private static readonly string[] Tables = ["events", "event_keys", "event_hourly", "user_days", "daily_active_users", "sessions", "users", "visits", "hour_activity", "period_users", "scan_days", "scan_blocks", "scan_members", "scan_stale",
        "retention", "session_days", "value_months", "value_users", "identities", "erasures", "dead_letters", "fold_journal"];

    [Fact]
    public async Task Failed_or_cancelled_erasure_leaves_everything_as_it_was()
    {
        await using var engine = postgres.StartSingleNode();
        await using var jobs = new Maintenance(postgres);
        var eraser = postgres.Eraser(engine);
        var site = await postgres.AddSiteAsync("Europe/Berlin");
        await engine.AppendAsync(site, [.. Visit("ada", "s1"), .. Visit("ada-before", "s2"), .. Visit("bob", "s1"), Make("ada", "identify", anonymous: "ada-before")], default);
        await jobs.Keeper.FoldAsync(site.Id);
        var before = await DumpAsync(site);
        // The last statement of the transaction fails.
        await postgres.ExecuteAsync("create function fail() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$; create trigger fail before insert on erasures for each row execute function fail()");
        try
        {
            await Assert.ThrowsAsync<EventStoreException>(() => eraser.EraseAsync(site, "ada", default));
            Assert.Equal(before, await DumpAsync(site));
            // It waits for a reader of user_days, and is given up.
            await postgres.ExecuteAsync("drop trigger fail on erasures");
            await using (var reader = await postgres.Database.OpenConnectionAsync())
            await using (await reader.BeginTransactionAsync())
            {
                await using (var hold = new Npgsql.NpgsqlCommand("lock table user_days in share mode", reader)) await hold.ExecuteNonQueryAsync();
                using var stop = new CancellationTokenSource();
                var erasing = eraser.EraseAsync(site, "ada", stop.Token);
                await Wait.UntilAsync(async () => await postgres.ScalarAsync<long>("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like 'lock table user_days%'") == 1, "an erasure that waits");
                await stop.CancelAsync();
                await Assert.ThrowsAnyAsync<Exception>(() => erasing);
            }
            Assert.Equal(before, await DumpAsync(site));
        }
        finally
        {
            await postgres.ExecuteAsync("drop function fail() cascade");
        }
        // Memory is trusted again, and the next attempt succeeds.
        Assert.Equal(9, (await engine.ReadJourneyAsync(site, new JourneyQuery("ada"), default)).Events.Count + 4);
        var receipt = await eraser.EraseSurelyAsync(site, "ada");
        Assert.Equal((9L, 1L, 2L, 1L), (receipt.Events, receipt.Sessions, receipt.ActiveDays, receipt.Identities));
        await AssertSameAsRebuiltAsync(jobs, site);
        Assert.Equal([], await jobs.RecountAsync(site, Day));
    }

    [Fact]
    public async Task Estimated_numbers_of_users_forget_the_erased_ones_too()
    {
        await using var engine = postgres.StartSingleNode();
        await using var jobs = new Maintenance(postgres);
        var eraser = postgres.Eraser(engine);
        var site = await postgres.AddSiteAsync();
        foreach (var users in Enumerable.Range(0, 300).Chunk(100)) await engine.AppendAsync(site, [.. users.SelectMany(i => Visit($"u{i}", $"s{i}"))], default);
        await jobs.Keeper.FoldAsync(site.Id);
        Assert.Equal(1, await postgres.ScalarAsync<long>("select count(*) from value_users where site_id = $1 and get_byte(sketch, 0) = 1 and value = '/'", site.Id));
        for (var i = 0; i < 40; i++)
        {
            Assert.Equal(4, (await eraser.EraseSurelyAsync(site, $"u{i * 7}")).Events);
            if (i % 10 == 0) await AssertSameAsRebuiltAsync(jobs, site);
        }
        await AssertSameAsRebuiltAsync(jobs, site);
        await Recount.AssertExactAsync(postgres.Database, site);
    }

    [Fact]
    public async Task What_retention_has_removed_of_a_user_is_forgotten_as_far_as_it_is_known()
    {
        var clock = new FakeClock(new DateTimeOffset(2026, 4, 20, 12, 0, 0, TimeSpan.Zero));
        await using var engine = postgres.StartSingleNode();
        await using var jobs = new Maintenance(postgres, clock);
        var eraser = postgres.Eraser(engine);
        var site = await postgres.AddSiteAsync();
        long old = At("2026-03-01T12:00:00Z"), recent = At("2026-04-18T12:00:00Z"), edge = At("2026-04-10T00:00:00Z");
        await engine.AppendAsync(site, [.. Visit("ada", "old", old), .. Visit("bob", "old-2", old), .. Visit("ada", "new", recent), .. Visit("bob", "new", recent),
            Make("ada", session: "cut", at: edge - 60 * Instant.Second), Make("bob", session: "cut", at: edge - 1), Make("ada", session: "cut", at: edge), Make("bob", session: "cut", at: edge + 1)], default);
        await jobs.Keeper.FoldAsync(site.Id);
        await new PostgresRetention(postgres.Database).SetAsync(site.Id, 10, default);
        Assert.Equal(JobState.Done, (await postgres.RunOneAsync(jobs.Retention, new NewJob(JobKinds.Retention, site.Id))).State);

        var receipt = await eraser.EraseSurelyAsync(site, "ada");
        Assert.Equal((5L, 1L, 4L), (receipt.Events, receipt.Sessions, receipt.ActiveDays));
        var range = new StatsRange(site, new DateOnly(2026, 3, 1), new DateOnly(2026, 4, 20));
        // Users are known for as long as there are rollups, so she is no user of any day; how many events there were of days gone by, nobody knows any more.
        Assert.Equal(["03-01 1", "04-09 1", "04-10 1", "04-18 1"], (await jobs.Queries.ActiveUsersAsync(range, Period.Day, default)).Where(d => d.Users > 0).Select(d => $"{d.Start:MM-dd} {d.Users}"));
        Assert.Equal(["03-01 8", "04-09 2", "04-10 1", "04-18 4"], (await jobs.Queries.TimeSeriesAsync(range, new SeriesQuery(Metric.Events, Interval.Day, null), default))
            .Where(d => d.Count > 0).Select(d => $"{Instant.ToDateTime(d.At):MM-dd} {d.Count}"));
        Assert.Equal(3, (await jobs.Queries.SessionsAsync(range, default)).Sessions);
        Assert.Equal(0, await postgres.ScalarAsync<long>("select count(*) from sessions where site_id = $1 and (user_id = 'ada' or 'ada' = any (other_users))", site.Id));
        Assert.Equal(0, await postgres.ScalarAsync<long>("select count(*) from users where site_id = $1 and user_id = 'ada'", site.Id));
        Assert.Equal(3, await postgres.ScalarAsync<long>("select event_count from sessions where site_id = $1 and session_id = 'cut'", site.Id));
        Assert.Equal([], await jobs.RecountAsync(site, new DateOnly(2026, 4, 18)));
    }

    [Fact]
    public async Task Events_that_wait_in_a_spool_are_shown_no_more_and_refused()
    {
        var site = await postgres.AddSiteAsync();
        await using var node = new SpooledNode(postgres);
        var now = TimeProvider.System.NowMicroseconds();
        await node.Engine.AppendAsync(site, [Make(id: "stored", received: now)], default);
        node.Store.Refuse();
        Assert.Equal([IngestOutcome.Spooled], await node.Engine.AppendAsync(site, [Make(id: "waits", received: now + 1)], default));
        Assert.Equal([IngestOutcome.Spooled], await node.Engine.AppendAsync(site, [Make("bob", id: "bobs", received: now + 2)], default));
        node.Store.Return();
        await Wait.UntilAsync(() => !node.Health.IsAway, "the store being back");
        Assert.Equal(2, (await node.Engine.ReadJourneyAsync(site, new JourneyQuery("ada"), default)).Events.Count);

        await postgres.Eraser(node.Engine).EraseSurelyAsync(site, "ada");
        Assert.True(node.Spool.HasBacklog);
        Assert.Empty((await node.Engine.ReadJourneyAsync(site, new JourneyQuery("ada"), default)).Events);
        Assert.Single((await node.Engine.ReadJourneyAsync(site, new JourneyQuery("bob"), default)).Events);
        await node.RecoverAsync();
        Assert.Equal(1, node.Erased.RefusedEvents);
        Assert.Empty((await node.Engine.ReadJourneyAsync(site, new JourneyQuery("ada"), default)).Events);
        Assert.Equal(1, await Recount.RowsAsync(postgres.Database, site));
        await Recount.AssertExactAsync(postgres.Database, site);

        // What comes afterwards and has to wait is somebody who came back.
        node.Store.Refuse();
        Assert.Equal([IngestOutcome.Spooled], await node.Engine.AppendAsync(site, [Make(id: "back", received: TimeProvider.System.NowMicroseconds())], default));
        await node.RecoverAsync();
        Assert.Equal(["back"], (await node.Engine.ReadJourneyAsync(site, new JourneyQuery("ada"), default)).Events.Select(e => e.IdText));
        Assert.Equal(1, node.Erased.RefusedEvents);
    }

    [Fact]
    public async Task No_erasure_passes_a_delivery_whose_write_takes_long()
    {
        var site = await postgres.AddSiteAsync();
        await using var engine = postgres.StartSingleNode();
        await engine.AppendAsync(site, [Make()], default);
        var settings = new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Options = "-c idle_in_transaction_session_timeout=200ms" };
        await using var own = Database.Open(settings.ConnectionString);
        var erasures = new PostgresErasures(own, new MaintenanceDatabase(own), TimeProvider.System);
        Task<ErasureReceipt> erasing;
        await using (var guard = await erasures.EnterAsync(site.Id, default))
        {
            erasing = postgres.Eraser(engine).EraseSurelyAsync(site, "ada");
            await Task.Delay(1000);
            Assert.False(erasing.IsCompleted);
            Assert.False(Assert.Single(await guard.AreErasedAsync([Make()], default)));
        }
        Assert.Equal(1, (await erasing).Events);
    }

    [Fact]
    public async Task What_is_remembered_of_a_user_is_in_no_write_after_the_erasure()
    {
        var store = new SilentStore(postgres.Store);
        await using var engine = postgres.StartSingleNode(store: store);
        var site = await postgres.AddSiteAsync();
        // Counted as active on the day, and remembered to be: the next writes would not say it again.
        await engine.AppendAsync(site, [Make()], default);
        await engine.ReadJourneyAsync(site, new JourneyQuery("ada"), default);
        store.FallSilent();
        var before = engine.AppendAsync(site, [Make()], default).AsTask();
        Task? over = null;
        var eraser = postgres.Eraser(engine, store: new InterruptedErasures(postgres.Erasures, async () =>
        {
            await engine.AppendAsync(site, [Make()], default);
            store.FallSilent();
            over = engine.AppendAsync(site, [Make()], default).AsTask();     // written when the user is erased
        }));
        var erasing = eraser.EraseAsync(site, "ada", default);
        // Long enough for an erasure that does not wait for the write under way.
        await Task.WhenAny(erasing, Task.Delay(TimeSpan.FromSeconds(1)));
        store.Return();
        Assert.Equal(3, (await erasing).Events);
        store.Return();
        await Task.WhenAll(before, over!);
        Assert.Single((await engine.ReadJourneyAsync(site, new JourneyQuery("ada"), default)).Events);
        Assert.Equal(1, await Recount.RowsAsync(postgres.Database, site));
        await Recount.AssertExactAsync(postgres.Database, site);
    }

    [Fact]
    public async Task Only_the_sites_own_user_goes_and_not_while_its_rollups_are_made()
    {
        await using var engine = postgres.StartSingleNode();
        var eraser = postgres.Eraser(engine);
        var (site, other) = (await postgres.AddSiteAsync(), await postgres.AddSiteAsync());
        foreach (var owner in new[] { site, other }) await engine.AppendAsync(owner, Visit("ada", "s"), default);
        await postgres.ExecuteAsync($"update sites set needs_rebuild = true where site_id = {site.Id}");
        Assert.Equal(StoreFailure.Away, (await Assert.ThrowsAsync<EventStoreException>(() => eraser.EraseAsync(site, "ada", default))).Failure);
        await postgres.ExecuteAsync($"update sites set needs_rebuild = false where site_id = {site.Id}");
        Assert.Equal(4, (await eraser.EraseSurelyAsync(site, "ada")).Events);
        Assert.Equal(4, (await engine.ReadJourneyAsync(other, new JourneyQuery("ada"), default)).Events.Count);
        Assert.Equal((0, 4), (await Recount.RowsAsync(postgres.Database, site), await Recount.RowsAsync(postgres.Database, other)));
        foreach (var owner in new[] { site, other }) await Recount.AssertExactAsync(postgres.Database, owner);
    }

    private sealed class InterruptedErasures(IErasureStore inner, Func<Task> before) : IErasureStore
    {
        public Task<IReadOnlyList<string>> FindIdsAsync(Site site, string userId, CancellationToken cancel) => inner.FindIdsAsync(site, userId, cancel);

        public async Task<ErasureReceipt?> EraseAsync(Site site, string userId, IReadOnlyList<string> ids, CancellationToken cancel)
        {
            await before();
            return await inner.EraseAsync(site, userId, ids, cancel);
        }

        public Task<IErasureGuard> EnterAsync(int siteId, CancellationToken cancel) => inner.EnterAsync(siteId, cancel);
    }

    private static EncodedEvent[] Visit(string user, string session, long? at = null)
    {
        var start = at ?? Noon;
        var facts = (string path) => Facts(false, 1500, path, (Fact.Country, "DE"), (Fact.Browser, "Firefox"));
        return [Make(user, session: session, at: start, facts: facts("/")), Make(user, session: session, at: start + 60 * Instant.Second, facts: facts("/pricing")),
            Make(user, "purchase", session: session, at: start + 90 * Instant.Second, facts: facts("/pricing")), Make(user, "sign_up", session: session, at: start + 95 * Instant.Second, facts: Facts())];
    }

    // Made again from what is left, rollups are what erasures made of them: to the byte, but for lists and zeros that an empty row and none have in common.
    private async Task AssertSameAsRebuiltAsync(Maintenance jobs, Site site)
    {
        string[] tables = ["users", "visits", "session_days", "value_months", "value_users", "hour_activity", "period_users", "retention"];
        var before = await Task.WhenAll(tables.Select(table => DumpAsync(site, table)));
        Assert.Equal(JobState.Done, (await postgres.RunOneAsync(jobs.Rebuild, new NewJob(JobKinds.Rebuild, site.Id))).State);
        var after = await Task.WhenAll(tables.Select(table => DumpAsync(site, table)));
        for (var i = 0; i < tables.Length; i++) Assert.Equal((tables[i], after[i]), (tables[i], before[i]));
    }

    private async Task<string> DumpAsync(Site site) => string.Join('\n', await Task.WhenAll(Tables.Select(async table => $"{table}: {await DumpAsync(site, table)}")));

    private async Task<string> DumpAsync(Site site, string table)
    {
        // How many sessions began as a user's depends on the order of arrival.
        var row = table == "users" ? "(user_id, first_seen_at, last_seen_at, events, hours)::text" : "t::text";
        var isThere = table is "hour_activity" ? "users <> 0 or sessions <> 0" : table is "period_users" or "retention" ? "users <> 0" : table == "session_days" ? "sessions <> 0" : "true";
        return await postgres.ScalarAsync<string>($"select coalesce(string_agg({row}, ' ' order by {row}), '') from {table} t where site_id = $1 and ({isThere})", site.Id);
    }
}
