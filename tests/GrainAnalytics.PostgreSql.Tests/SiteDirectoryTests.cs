using GrainAnalytics.Core.Signing;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.PostgreSql.Sites;
using GrainAnalytics.Testing;
using Xunit;

namespace GrainAnalytics.PostgreSql.Tests;

public sealed class SiteDirectoryTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private async Task<Site> AddKeyAsync(string key, string kind = "write")
    {
        var site = await postgres.AddSiteAsync("Europe/Berlin");
        await using var add = postgres.Database.CreateCommand("insert into site_keys (key_hash, site_id, kind) values ($1, $2, $3)");
        add.Parameters.Add(new() { Value = KeyHash.Of(key).ToBytes() });
        add.Parameters.Add(new() { Value = site.Id });
        add.Parameters.Add(new() { Value = kind });
        await add.ExecuteNonQueryAsync();
        return site;
    }

    [Fact]
    public async Task Keys_that_nobody_used_are_known_when_the_database_goes_away()
    {
        var site = await AddKeyAsync("a key for later");
        var health = new StoreHealth(TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<StoreHealth>.Instance);
        var sites = new PostgresSiteDirectory(postgres.Database, TimeProvider.System, null, health);
        await sites.RememberAsync(default);
        health.Failed("gone");
        Assert.Equal(site.Id, (await sites.FindAsync("a key for later", default))!.Site.Id);
        await Assert.ThrowsAsync<EventStoreException>(async () => await sites.FindAsync("another key", default));
    }

    private async Task<Site> AddNamedAsync(string domain, string key, string kind = "write")
    {
        var site = await AddKeyAsync(key, kind);
        await using var name = postgres.Database.CreateCommand("update sites set domain = $1 where site_id = $2");
        name.Parameters.Add(new() { Value = domain });
        name.Parameters.Add(new() { Value = site.Id });
        await name.ExecuteNonQueryAsync();
        return site;
    }

    [Fact]
    public async Task A_sender_names_a_site_by_key_domain_or_number()
    {
        var site = await AddNamedAsync("www.Named.example", "the key of named");
        var sites = new PostgresSiteDirectory(postgres.Database, TimeProvider.System);
        foreach (var name in new[] { "the key of named", "named.example", "WWW.named.Example", " named.example ", $"{site.Id}" })
            Assert.Equal(site.Id, (await sites.FindSenderAsync(name, default))?.Site.Id);
        foreach (var name in new[] { "amed.example", "na%ed.example", "", "0", "-1", "99999999999999999999", "named.example\0", "\ud800" })
            Assert.Null(await sites.FindSenderAsync(name, default));
    }

    [Fact]
    public async Task A_site_without_an_unsigned_write_key_is_found_by_its_keys_alone()
    {
        var read = await AddNamedAsync("read.example", "read only", "api");
        var signed = await AddNamedAsync("signed.example", "signed only");
        await postgres.ExecuteAsync($"update site_keys set signing_salt = '\\x00', requires_signature = true where site_id = {signed.Id}");
        var sites = new PostgresSiteDirectory(postgres.Database, TimeProvider.System);
        foreach (var name in new[] { "read.example", "signed.example", $"{read.Id}", $"{signed.Id}" }) Assert.Null(await sites.FindSenderAsync(name, default));
        Assert.Equal((read.Id, KeyKind.Api), ((await sites.FindSenderAsync("read only", default))!.Site.Id, (await sites.FindSenderAsync("read only", default))!.Kind));
        Assert.True((await sites.FindSenderAsync("signed only", default))!.Signing!.IsRequired);
    }

    [Fact]
    public async Task Names_are_known_when_the_database_goes_away_and_forgotten_with_their_site()
    {
        var site = await AddNamedAsync("later.example", "a key of later");
        var health = new StoreHealth(TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<StoreHealth>.Instance);
        var sites = new PostgresSiteDirectory(postgres.Database, TimeProvider.System, null, health);
        await sites.RememberAsync(default);
        health.Failed("gone");
        foreach (var name in new[] { "later.example", "www.later.example", $"{site.Id}", "a key of later" }) Assert.Equal(site.Id, (await sites.FindSenderAsync(name, default))!.Site.Id);
        await Assert.ThrowsAsync<EventStoreException>(async () => await sites.FindSenderAsync("another.example", default));
        sites.Forget(site.Id);
        await Assert.ThrowsAsync<EventStoreException>(async () => await sites.FindSenderAsync("later.example", default));
    }

    [Fact]
    public async Task Keys_give_their_site_and_what_they_may_do()
    {
        var sites = new PostgresSiteDirectory(postgres.Database, TimeProvider.System);
        var (write, api) = (await AddKeyAsync("a write key"), await AddKeyAsync("an api key", "api"));
        Assert.Equal((write.Id, KeyKind.Write), ((await sites.FindAsync("a write key", default))!.Site.Id, (await sites.FindAsync("a write key", default))!.Kind));
        var found = (await sites.FindAsync("an api key", default))!;
        Assert.Equal((api.Id, KeyKind.Api, "Europe/Berlin"), (found.Site.Id, found.Kind, found.Site.Clock.TimeZoneId));
        Assert.Same(found.Site, await sites.FindAsync(api.Id, default));
        Assert.Null(await sites.FindAsync("no key", default));
        Assert.Null(await sites.FindAsync(-1, default));
    }

    [Fact]
    public async Task A_key_that_is_added_later_works_within_seconds()
    {
        var clock = new FakeClock();
        var sites = new PostgresSiteDirectory(postgres.Database, clock);
        Assert.Null(await sites.FindAsync("later", default));
        await AddKeyAsync("later");
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.NotNull(await sites.FindAsync("later", default));
    }

    [Fact]
    public async Task A_key_that_is_removed_stops_working_within_two_minutes()
    {
        var clock = new FakeClock();
        var sites = new PostgresSiteDirectory(postgres.Database, clock);
        await AddKeyAsync("removed");
        Assert.NotNull(await sites.FindAsync("removed", default));
        await postgres.ExecuteAsync($"delete from site_keys where key_hash = sha256('removed')");
        clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Null(await sites.FindAsync("removed", default));
    }

    [Fact]
    public async Task While_the_database_is_away_remembered_keys_work_and_others_are_not_called_unknown()
    {
        var clock = new FakeClock();
        await AddKeyAsync("remembered");
        var sites = new PostgresSiteDirectory(postgres.Database, clock);
        Assert.NotNull(await sites.FindAsync("remembered", default));
        Assert.Null(await sites.FindAsync("unknown", default));
        clock.Advance(TimeSpan.FromHours(1));
        // A lookup that fails is what an absent database looks like.
        await postgres.ExecuteAsync("alter table site_keys rename to site_keys_away");
        try
        {
            Assert.NotNull(await sites.FindAsync("remembered", default));
            Assert.Equal(StoreFailure.Away, (await Assert.ThrowsAsync<EventStoreException>(() => sites.FindAsync("unknown", default).AsTask())).Failure);
            Assert.Equal(StoreFailure.Away, (await Assert.ThrowsAsync<EventStoreException>(() => sites.FindAsync("never seen", default).AsTask())).Failure);
        }
        finally
        {
            await postgres.ExecuteAsync("alter table site_keys_away rename to site_keys");
        }
    }
}
