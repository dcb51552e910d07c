using System.Collections.Concurrent;
using GrainAnalytics.PostgreSql.Rollups;
using GrainAnalytics.Testing;
using Xunit;

namespace GrainAnalytics.PostgreSql.Tests.Rollups;

/// <summary>Folding in the background.</summary>
public sealed class KeeperTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task A_site_that_cannot_be_folded_is_named_once_and_the_others_are_folded()
    {
        await using var statistics = new AnalyticsDatabase(Database.OpenForStatistics(postgres.ConnectionString));
        var keeper = new RollupKeeper(new SiteFolder(postgres.Database), new SiteRebuilder(statistics), TimeProvider.System);
        await using var engine = postgres.StartSingleNode();
        var sites = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => postgres.AddSiteAsync()));
        // Whichever comes first, there is a sound one behind a broken one.
        var broken = sites.Where((_, i) => i is not (3 or 6)).Select(site => site.Id).Order().ToArray();
        foreach (var site in sites)
        {
            await keeper.FoldAsync(site.Id);        // so that it is folded all the time
            await engine.AppendAsync(site, [TestEvents.Make("ada"), TestEvents.Make("bob")], default);
        }
        await postgres.ExecuteAsync($"create table whole as select * from fold_journal; update fold_journal set events = '\\xff' where site_id in ({string.Join(',', broken)})");

        var failures = new ConcurrentQueue<int?>();
        using var stop = new CancellationTokenSource();
        var running = keeper.RunAsync((_, site) => failures.Enqueue(site), stop.Token);
        await Wait.UntilAsync(async () => await postgres.ScalarAsync<long>("select count(distinct site_id) from fold_journal") == broken.Length && failures.Count >= broken.Length, "the sound sites' folds");
        foreach (var site in sites.Where(site => !broken.Contains(site.Id))) await Recount.AssertExactAsync(postgres.Database, site);
        await Task.Delay(1000);     // some more rounds
        Assert.Equal(broken.Select(site => (int?)site), failures.Order());

        await postgres.ExecuteAsync("update fold_journal j set events = w.events from whole w where w.id = j.id and w.site_id = j.site_id");
        await Wait.UntilAsync(async () => await postgres.ScalarAsync<long>("select count(*) from fold_journal") == 0, "the repaired sites' folds");
        foreach (var site in sites) await Recount.AssertExactAsync(postgres.Database, site);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }
}
