using GrainAnalytics.PostgreSql.Cluster;
using GrainAnalytics.Testing;
using Xunit;

namespace GrainAnalytics.PostgreSql.Tests;

/// <summary>Dead silos leave the cluster's table when nobody is left to vote them out.</summary>
public sealed class MembershipTableTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task A_silent_silo_is_marked_as_dead_once_and_one_that_speaks_is_not()
    {
        await postgres.ExecuteAsync("""
            insert into orleansmembershipversiontable (deploymentid, version) values ('c', 7), ('other', 1);
            insert into orleansmembershiptable (deploymentid, address, port, generation, siloname, hostname, status, starttime, iamalivetime) values
              ('c', '10.0.0.1', 11111, 1, 's1', 'h1', 3, now(), now() - interval '2 h'),
              ('c', '10.0.0.2', 11111, 1, 's2', 'h2', 3, now(), now()),
              ('c', '10.0.0.3', 11111, 1, 's3', 'h3', 6, now(), now() - interval '1 h'),
              ('other', '10.0.0.1', 11111, 1, 's1', 'h1', 3, now(), now() - interval '1 h');
            """);
        var table = new MembershipTable(postgres.Database);
        var active = (await table.ActiveAsync("c", default)).OrderBy(silo => silo.Address).ToArray();
        Assert.Equal(["10.0.0.1", "10.0.0.2"], active.Select(silo => silo.Address));
        Assert.InRange(active[0].SilentFor, TimeSpan.FromHours(2), TimeSpan.FromHours(3));
        var silent = TimeSpan.FromHours(1);
        Assert.False(await table.BuryAsync("c", active[1], silent, default));
        Assert.True(await table.BuryAsync("c", active[0], silent, default));
        Assert.False(await table.BuryAsync("c", active[0], silent, default));
        Assert.Equal(["10.0.0.2"], (await table.ActiveAsync("c", default)).Select(silo => silo.Address));
        Assert.Single(await table.ActiveAsync("other", default));
        Assert.Equal(8, await postgres.ScalarAsync<int>("select version from orleansmembershipversiontable where deploymentid = 'c'"));
    }
}
