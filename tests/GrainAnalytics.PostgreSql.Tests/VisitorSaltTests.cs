using GrainAnalytics.Core.Writing;
using GrainAnalytics.PostgreSql.Visitors;
using GrainAnalytics.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace GrainAnalytics.PostgreSql.Tests;

public sealed class VisitorSaltTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private PostgresVisitorSalts NewServer(TimeProvider? clock = null, StoreHealth? health = null) => new(postgres.Database, clock ?? new FakeClock(), health);

    private Task<long> DaysAsync(string where) => postgres.ScalarAsync<long>($"select count(*) from visitor_salts where {where}");

    [Fact]
    public async Task All_servers_have_the_same_key_however_many_ask_at_once()
    {
        var day = new DateOnly(2020, 2, 29);
        var keys = await Task.WhenAll(Enumerable.Range(0, 24).Select(i => Task.Run(async () => await NewServer().FindAsync(day.AddDays(i % 2), default))));
        Assert.Equal(2, keys.Select(Convert.ToHexString).Distinct().Count());
        Assert.All(keys, key => Assert.Equal(32, key.Length));
        var server = NewServer();
        Assert.Same(await server.FindAsync(day, default), await server.FindAsync(day, default));
    }

    [Theory]
    // The 14th ends at UTC-12 at noon of the 15th; the 16th begins at UTC+14 at ten.
    [InlineData("2021-03-15T11:59:59Z", "2021-03-14 2021-03-15 2021-03-16")]
    [InlineData("2021-03-15T12:00:00Z", "2021-03-15 2021-03-16")]
    [InlineData("2021-03-15T08:29:00Z", "2021-03-14 2021-03-15")]
    [InlineData("2021-03-15T08:30:00Z", "2021-03-14 2021-03-15 2021-03-16")]
    public async Task A_key_is_there_while_its_date_is_today_somewhere_and_no_longer(string now, string days)
    {
        await postgres.ExecuteAsync("delete from visitor_salts");
        var clock = new FakeClock(DateTimeOffset.Parse("2021-03-10T12:00:00Z"));
        var server = NewServer(clock);
        await server.TurnAsync(default);
        var old = await server.FindAsync(new DateOnly(2021, 3, 10), default);
        clock.Advance(DateTimeOffset.Parse(now) - clock.GetUtcNow());
        await server.TurnAsync(default);
        Assert.Equal(days, await postgres.ScalarAsync<string>("select string_agg(day::text, ' ' order by day) from visitor_salts"));
        // Nor in memory: asked for again it is another one.
        Assert.NotEqual(old, await server.FindAsync(new DateOnly(2021, 3, 10), default));
    }

    [Fact]
    public async Task Keys_of_today_are_known_while_the_database_is_away_and_others_are_not_made_up()
    {
        var health = new StoreHealth(TimeProvider.System, NullLogger<StoreHealth>.Instance);
        var server = NewServer(new FakeClock(DateTimeOffset.Parse("2022-06-01T12:00:00Z")), health);
        await server.TurnAsync(default);
        health.Failed("gone");
        Assert.Equal(32, (await server.FindAsync(new DateOnly(2022, 6, 1), default)).Length);
        await Assert.ThrowsAsync<EventStoreException>(async () => await server.FindAsync(new DateOnly(2022, 7, 1), default));
        health.Answered();
        Assert.Equal(32, (await server.FindAsync(new DateOnly(2022, 7, 1), default)).Length);     // the failure is not remembered
        Assert.Equal(1, await DaysAsync("day = '2022-07-01'"));
    }

    [Fact]
    public async Task Keys_are_in_no_write_ahead_log() =>
        Assert.Equal("u", await postgres.ScalarAsync<string>("select relpersistence::text from pg_class where oid = 'visitor_salts'::regclass"));
}
