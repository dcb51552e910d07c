using GrainAnalytics.Core.Journeys;
using GrainAnalytics.PostgreSql.Rollups;
using GrainAnalytics.PostgreSql.Schema;
using GrainAnalytics.Testing;
using NpgsqlTypes;
using Xunit;
using static GrainAnalytics.Testing.TestEvents;

namespace GrainAnalytics.PostgreSql.Tests;

/// <summary>Journeys are read in two ways, by how many events a user has, and are the same.</summary>
public sealed class JourneyReadTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task The_newest_events_are_those_of_an_ordered_read_however_many_there_are()
    {
        var site = await postgres.AddSiteAsync();
        await using var engine = postgres.StartSingleNode();
        // Many of one instant, over three months.
        long At(int i) => Noon + i / 7 * 3_600_000_000L;
        for (var sent = 0; sent < 2_500; sent += 500) await engine.AppendAsync(site, [.. Enumerable.Range(sent, 500).Select(i => Make("busy", at: At(i)))], default);
        await engine.AppendAsync(site, [.. Enumerable.Range(0, 40).Select(i => Make("anon", at: At(i * 50))), Make("busy", "identify", anonymous: "anon")], default);
        await engine.AppendAsync(site, [.. Enumerable.Range(0, 30).Select(i => Make("quiet", at: At(i * 80)))], default);
        await using var statistics = new AnalyticsDatabase(Database.OpenForStatistics(postgres.ConnectionString));
        await new RollupKeeper(new SiteFolder(postgres.Database), new SiteRebuilder(statistics), TimeProvider.System).FoldAsync(site.Id);

        var (either, ordered) = (postgres.Store, new PostgresEventStore(postgres.Database));
        foreach (var (user, few) in new[] { ("busy", 0), ("anon", 0), ("quiet", 30), ("nobody", 0) })
        {
            Assert.Equal(few, await FewAsync(site.Id, user));
            foreach (var limit in (int[])[1, 20, 101, 3000])
            {
                foreach (var (from, to) in new[] { (long.MinValue, long.MaxValue), (At(300), At(2_100)), (At(5_000), long.MaxValue) })
                {
                    var query = new JourneyQuery(user) { From = from, To = to };
                    var expected = (await ordered.ReadJourneyAsync(site, query, limit, default)).Select(value => value.Key);
                    Assert.Equal(expected, (await either.ReadJourneyAsync(site, query, limit, default)).Select(value => value.Key));
                }
            }
        }
    }

    [Fact]
    public async Task Connections_that_the_database_ended_are_no_readers_problem()
    {
        var site = await postgres.AddSiteAsync();
        await using var engine = postgres.StartSingleNode();
        await engine.AppendAsync(site, [Make("ada"), Make("ada")], default);
        var store = postgres.Store;
        // Several of them, and nobody reads in between.
        var both = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => store.ReadJourneyAsync(site, new JourneyQuery("ada"), 10, default)));
        await postgres.ExecuteAsync("select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = current_database() and application_name = 'grain-analytics-journeys'");
        for (var i = 0; i < 6; i++) Assert.Equal(both[0].Select(value => value.Key), (await store.ReadJourneyAsync(site, new JourneyQuery("ada"), 10, default)).Select(value => value.Key));
    }

    private async Task<int> FewAsync(int site, string user)
    {
        await using var command = postgres.Database.CreateCommand(Sql.Get("JourneyOfFew"));
        object[] values = [site, user, DateTime.MinValue, DateTime.MaxValue, 5_000L, 1_000L];
        foreach (var value in values) command.Parameters.Add(value is DateTime ? new() { NpgsqlDbType = NpgsqlDbType.TimestampTz, Value = value } : new() { Value = value });
        await using var reader = await command.ExecuteReaderAsync();
        var rows = 0;
        while (await reader.ReadAsync()) rows++;
        return rows;
    }
}
