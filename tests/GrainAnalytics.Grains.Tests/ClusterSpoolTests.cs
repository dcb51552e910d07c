using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Journeys;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Testing;
using Xunit;
using static GrainAnalytics.Testing.TestEvents;

namespace GrainAnalytics.Grains.Tests;

/// <summary>What one silo has in its spool, lookups on all others find.</summary>
public sealed class ClusterSpoolTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Without_the_database_what_one_silo_acknowledged_is_found_on_the_next_at_once()
    {
        var site = await postgres.AddSiteAsync();
        await using var spooled = await SpooledCluster.StartAsync(postgres, 3);
        await SendAndFindAsync(spooled, site, "before", 30, [0, 1, 2]);
        for (var silo = 0; silo < 3; silo++) spooled.Store(silo).Refuse();
        await SendAndFindAsync(spooled, site, "during", 90, [0, 1, 2], mustBeComplete: false);
        Assert.All(Enumerable.Range(0, 3), silo => Assert.True(spooled.Spool(silo).HasBacklog));
        for (var silo = 0; silo < 3; silo++) spooled.Store(silo).Return();
        await spooled.DrainAsync(0, 1, 2);
        await AssertAllAsync(spooled, site, 120, [0, 1, 2]);
    }

    [Fact]
    public async Task A_silo_that_alone_lost_the_database_costs_nothing()
    {
        var site = await postgres.AddSiteAsync();
        await using var spooled = await SpooledCluster.StartAsync(postgres, 3);
        await SendAndFindAsync(spooled, site, "before", 30, [0, 1, 2]);
        spooled.Store(1).Refuse();
        await SendAndFindAsync(spooled, site, "during", 90, [0, 1, 2], mustBeComplete: false);
        await spooled.DrainAsync(0, 1, 2);
        await AssertAllAsync(spooled, site, 120, [0, 1, 2]);
    }

    [Fact]
    public async Task After_a_silo_was_killed_nobody_waits_for_its_successor()
    {
        var site = await postgres.AddSiteAsync();
        await using var spooled = await SpooledCluster.StartAsync(postgres, 3);
        await SendAndFindAsync(spooled, site, "before", 30, [0, 1, 2]);
        await spooled.Cluster.KillSiloAsync(2);
        await SendAndFindAsync(spooled, site, "during", 60, [0, 1]);
        await spooled.DrainAsync(0, 1);
        await AssertAllAsync(spooled, site, 90, [0, 1]);
    }

    // Each is sent through one silo and looked up through the next.
    private static async Task SendAndFindAsync(SpooledCluster spooled, Site site, string name, int count, int[] silos, bool mustBeComplete = true)
    {
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 6 }, async (i, _) =>
        {
            var (user, id) = ($"{name}-user-{i % 15}", $"{name}-{i}");
            var outcomes = await spooled.Cluster.EngineOf(silos[i % silos.Length]).AppendAsync(site, [Make(user, id: id, at: Noon + i)], default);
            Assert.True(outcomes[0] is IngestOutcome.Stored or IngestOutcome.Spooled, $"{id}: {outcomes[0]}");
            var reader = spooled.Cluster.EngineOf(silos[(i + 1) % silos.Length]);
            var page = await reader.ReadJourneyAsync(site, new JourneyQuery(user), default);
            // On a machine so busy that a neighbour does not answer in two seconds, the page says that it is partial: then once more.
            if (page.IsPartial && page.Events.All(e => e.IdText != id)) page = await reader.ReadJourneyAsync(site, new JourneyQuery(user), default);
            Assert.Contains(id, page.Events.Select(e => e.IdText));
            if (mustBeComplete) Assert.False(page.IsPartial);
        });
    }

    private async Task AssertAllAsync(SpooledCluster spooled, Site site, int count, int[] silos)
    {
        Assert.Equal(count, await Recount.RowsAsync(postgres.Database, site));
        await Recount.AssertExactAsync(postgres.Database, site);
        foreach (var silo in silos)
            for (var i = 0; i < 15; i++)
                foreach (var name in new[] { "before", "during" })
                {
                    var page = await spooled.Cluster.EngineOf(silo).ReadJourneyAsync(site, new JourneyQuery($"{name}-user-{i}"), default);
                    Assert.Equal(await postgres.ScalarAsync<long>("select count(*) from events where site_id = $1 and user_id = $2", site.Id, $"{name}-user-{i}"), page.Events.Count);
                    Assert.False(page.IsPartial);
                }
    }
}
