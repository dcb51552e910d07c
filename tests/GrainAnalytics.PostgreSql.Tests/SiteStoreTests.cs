using GrainAnalytics.Core.Quotas;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.PostgreSql.Sites;
using GrainAnalytics.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;

namespace GrainAnalytics.PostgreSql.Tests;

public sealed class SiteStoreTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private static readonly DateOnly Day = new(2026, 3, 29);        // in Berlin 23 hours

    private PostgresSiteStore Store => new(postgres.Database);

    [Fact]
    public async Task Quotas_are_read_wherever_sites_are()
    {
        var site = await postgres.AddSiteAsync("Europe/Berlin");
        Assert.Equal(SiteQuota.Unlimited, (await Store.ReadAsync(site.Id, default))!.Quota);
        foreach (var quota in new[] { new SiteQuota(1_000_000_000_000, null), new SiteQuota(null, 7), new SiteQuota(5, 6), SiteQuota.Unlimited })
        {
            Assert.Equal(quota, (await Store.SetQuotaAsync(site.Id, quota, default))!.Quota);
            Assert.Equal(quota, (await Store.ReadAsync(site.Id, default))!.Quota);
            Assert.Contains(await Store.ListAsync(default), listed => listed.Id == site.Id && listed.Quota == quota);
            Assert.Equal(quota, (await new PostgresSiteDirectory(postgres.Database, TimeProvider.System).FindAsync(site.Id, default))!.Quota);
        }
        Assert.Null(await Store.SetQuotaAsync(-1, SiteQuota.Unlimited, default));
        Assert.Null(await Store.ReadAsync(-1, default));
        await Assert.ThrowsAsync<PostgresException>(() => postgres.ExecuteAsync($"update sites set events_per_day = 0 where site_id = {site.Id}"));
    }

    [Fact]
    public async Task The_first_use_of_a_day_begins_at_what_was_counted_on_it()
    {
        var site = await postgres.AddSiteAsync("Europe/Berlin");
        await using var engine = postgres.StartSingleNode();
        // The last instant before the day, both of its ends, and the first one after it.
        string[] times = ["2026-03-28T22:59:59.999Z", "2026-03-28T23:00:00Z", "2026-03-29T21:59:59.999Z", "2026-03-29T22:00:00Z"];
        await engine.AppendAsync(site, [.. times.Select(at => TestEvents.Make(at: TestEvents.At(at))), TestEvents.Make(type: "other", at: TestEvents.At("2026-03-29T08:00:00Z"))], default);
        Assert.Equal(3, await Store.AddUsageAsync(site, Day, 0, default));
        Assert.Equal(13, await Store.AddUsageAsync(site, Day, 10, default));
        await engine.AppendAsync(site, [TestEvents.Make(at: TestEvents.At("2026-03-29T08:00:00Z"))], default);
        Assert.Equal(9, await Store.AddUsageAsync(site, Day, -4, default));
        Assert.Equal(2, await Store.AddUsageAsync(site, Day.AddDays(1), 1, default));
        Assert.Equal(0, await Store.AddUsageAsync(site, Day, -100, default));
    }

    [Fact]
    public async Task Many_servers_may_count_at_once()
    {
        var site = await postgres.AddSiteAsync();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 20; i++) await Store.AddUsageAsync(site, Day, 3, default);
        })));
        Assert.Equal(1200, await Store.AddUsageAsync(site, Day, 0, default));
    }

    [Fact]
    public async Task Keys_are_added_once_and_listed_until_they_are_removed()
    {
        var (site, other) = (await postgres.AddSiteAsync(), await postgres.AddSiteAsync());
        SiteKey write = new(SiteKeys.Hash($"w{site.Id}"), KeyKind.Write), api = new(SiteKeys.Hash($"a{site.Id}"), KeyKind.Api);
        Assert.True(await Store.AddKeyAsync(site.Id, write, default));
        Assert.True(await Store.AddKeyAsync(site.Id, api, default));
        Assert.False(await Store.AddKeyAsync(site.Id, write, default));
        Assert.False(await Store.AddKeyAsync(other.Id, write, default));
        Assert.Equal([(write.Hash, KeyKind.Write), (api.Hash, KeyKind.Api)], (await Store.ReadKeysAsync(site.Id, default)).Select(key => (key.Hash, key.Kind)));
        Assert.Empty(await Store.ReadKeysAsync(other.Id, default));
        Assert.False(await Store.RemoveKeyAsync(other.Id, write.Hash, default));
        Assert.True(await Store.RemoveKeyAsync(site.Id, write.Hash, default));
        Assert.True(api.IsSame(Assert.Single(await Store.ReadKeysAsync(site.Id, default))));
    }

    [Fact]
    public async Task Forgotten_sites_and_keys_are_read_again_and_a_read_that_began_before_changes_nothing()
    {
        var clock = new FakeClock();
        var sites = new PostgresSiteDirectory(postgres.Database, clock);
        var (site, key) = (await postgres.AddSiteAsync(), $"forgotten {Guid.NewGuid()}");
        Assert.Null(await sites.FindAsync(key, default));
        await Store.AddKeyAsync(site.Id, new SiteKey(SiteKeys.Hash(key), KeyKind.Write), default);
        Assert.Null(await sites.FindAsync(key, default));       // remembered as unknown
        sites.Forget(site.Id);
        var known = (await sites.FindAsync(key, default))!.Site;

        await Store.SetQuotaAsync(site.Id, new SiteQuota(5, null), default);
        Assert.Same(known, (await sites.FindAsync(key, default))!.Site);
        sites.Forget(site.Id);
        Assert.Equal(5, (await sites.FindAsync(key, default))!.Site.Quota.EventsPerDay);
        Assert.Equal(5, (await sites.FindAsync(site.Id, default))!.Quota.EventsPerDay);

        // A read hangs behind a lock, the site is changed and forgotten, and then the read ends with the old row.
        Task<SiteAccess?> reading;
        await using (var connection = await postgres.Database.OpenConnectionAsync())
        await using (var hold = await connection.BeginTransactionAsync())
        {
            await using (var command = new NpgsqlCommand("lock table site_keys in access exclusive mode", connection, hold)) await command.ExecuteNonQueryAsync();
            sites.Forget(site.Id);
            reading = sites.FindAsync(key, default).AsTask();
            await Wait.UntilAsync(async () => await postgres.ScalarAsync<long>("select count(*) from pg_locks where not granted and relation = 'site_keys'::regclass") > 0, "the read behind the lock");
            sites.Forget(site.Id);
        }
        Assert.NotNull(await reading);
        await Store.SetQuotaAsync(site.Id, new SiteQuota(6, null), default);
        Assert.Equal(6, (await sites.FindAsync(key, default))!.Site.Quota.EventsPerDay);
    }

    [Fact]
    public async Task A_change_made_in_SQL_is_seen_after_a_minute_and_nobody_waits_for_it()
    {
        var clock = new FakeClock();
        var sites = new PostgresSiteDirectory(postgres.Database, clock);
        var site = await postgres.AddSiteAsync();
        Assert.NotNull(await sites.FindAsync(site.Id, default));
        await postgres.ExecuteAsync($"update sites set events_per_second = 9 where site_id = {site.Id}");
        Assert.Null((await sites.FindAsync(site.Id, default))!.Quota.EventsPerSecond);
        clock.Advance(TimeSpan.FromSeconds(61));
        var finding = sites.FindAsync(site.Id, default);
        Assert.True(finding.IsCompleted);
        Assert.NotNull(await finding);
        await Wait.UntilAsync(async () => (await sites.FindAsync(site.Id, default))!.Quota.EventsPerSecond == 9, "the changed quota");
    }

    [Fact]
    public async Task A_book_that_is_killed_and_made_anew_goes_on_where_the_database_is()
    {
        var site = (await Store.SetQuotaAsync((await postgres.AddSiteAsync()).Id, new SiteQuota(2000, null), default))!;
        // On a clock that stands still no write is too slow, and it never is midnight.
        var clock = new FakeClock();
        QuotaBook NewBook() => new(Store, clock, NullLogger.Instance);
        long granted = 0;
        for (var kill = 0; kill < 10; kill++)
        {
            var book = NewBook();
            for (var i = 0; i < 5; i++) granted += (await book.LeaseAsync(site, new QuotaAsk(7, 7, 0, 0, 0), default)).Events;
        }
        Assert.InRange((await NewBook().ReadUsedAsync(site, default))!.Value, granted, granted + 10 * 10);      // a piece a kill
        for (QuotaGrant grant; (grant = await NewBook().LeaseAsync(site, new QuotaAsk(1, 1, 0, 0, 0), default)).Refusal is null;) granted += grant.Events;
        Assert.InRange(granted, 1, 2000);
    }
}
