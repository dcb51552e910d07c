using GrainAnalytics.Core.Signing;
using GrainAnalytics.PostgreSql.Sites;
using GrainAnalytics.Testing;
using Xunit;

namespace GrainAnalytics.PostgreSql.Tests;

public sealed class KeySigningTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private readonly PostgresKeySigning _signing = new(postgres.Database);

    [Fact]
    public async Task A_secret_stays_until_a_new_one_is_asked_for_or_signing_was_off()
    {
        await AddKeyAsync("stays");
        var first = (await _signing.TurnOnAsync("stays", isRequired: false, isNew: false, default))!;
        Assert.Matches("^[0-9a-f]{64}$", first.Secret);
        var second = (await _signing.TurnOnAsync("stays", isRequired: true, isNew: false, default))!;
        Assert.Equal((first.Secret, true), (second.Secret, second.IsRequired));
        var third = (await _signing.TurnOnAsync("stays", isRequired: true, isNew: true, default))!;
        Assert.NotEqual(first.Secret, third.Secret);
        Assert.True(await _signing.TurnOffAsync("stays", default));
        Assert.NotEqual(third.Secret, (await _signing.TurnOnAsync("stays", isRequired: true, isNew: false, default))!.Secret);
    }

    [Fact]
    public async Task An_unknown_key_has_no_signing()
    {
        Assert.Null(await _signing.TurnOnAsync("nobody's", isRequired: true, isNew: true, default));
        Assert.False(await _signing.TurnOffAsync("nobody's", default));
    }

    [Fact]
    public async Task Servers_find_what_was_set_up()
    {
        var clock = new FakeClock();
        await AddKeyAsync("found");
        var sites = new PostgresSiteDirectory(postgres.Database, clock);
        Assert.Null((await sites.FindAsync("found", default))!.Signing);
        var set = await _signing.TurnOnAsync("found", isRequired: true, isNew: false, default);
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(set, (await sites.FindAsync("found", default))!.Signing);
        await _signing.TurnOffAsync("found", default);
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Null((await sites.FindAsync("found", default))!.Signing);
    }

    [Fact]
    public async Task The_database_knows_neither_the_key_nor_the_secret()
    {
        const string Key = "a key that stands nowhere";
        await AddKeyAsync(Key);
        var secret = (await _signing.TurnOnAsync(Key, isRequired: true, isNew: false, default))!.Secret;
        // Every column, bytes as hexadecimal digits.
        var row = await postgres.ScalarAsync<string>("select row_to_json(k)::text from site_keys k where key_hash = sha256(convert_to($1, 'UTF8'))", Key);
        foreach (var text in new[] { Key, secret })
        {
            Assert.DoesNotContain(text, row);
            Assert.DoesNotContain(Convert.ToHexStringLower(System.Text.Encoding.UTF8.GetBytes(text)), row);
        }
    }

    private async Task AddKeyAsync(string key)
    {
        var site = await postgres.AddSiteAsync();
        await using var add = postgres.Database.CreateCommand("insert into site_keys (key_hash, site_id, kind) values ($1, $2, 'api')");
        add.Parameters.Add(new() { Value = KeyHash.Of(key).ToBytes() });
        add.Parameters.Add(new() { Value = site.Id });
        await add.ExecuteNonQueryAsync();
    }
}
