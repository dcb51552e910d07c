using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Journeys;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.Testing;
using Xunit;
using static GrainAnalytics.Testing.TestEvents;

namespace GrainAnalytics.PostgreSql.Tests;

/// <summary>With a spool in front of it the engine keeps the contract of all engines.</summary>
public sealed class SpoolingEngineContractTests(PostgresFixture postgres) : EngineContract(postgres), IClassFixture<PostgresFixture>
{
    protected override Task<RunningEngine> StartAsync(EngineOptions engine, IngestOptions ingest)
    {
        ingest.WriteTimeout = TimeSpan.FromMinutes(5);      // a write that takes long is no outage here
        var node = new SpooledNode(Postgres, engine, ingest);
        node.StartDraining();
        return Task.FromResult(new RunningEngine(node.Engine, node.DisposeAsync));
    }
}

/// <summary>The store goes away and comes back: everything is acknowledged, found, and stored once.</summary>
public sealed class SpoolingEngineTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);

    [Theory]
    [InlineData(false), InlineData(true)]
    public async Task What_comes_while_the_store_is_away_is_found_at_once_and_stored_once(bool isSilent)
    {
        var site = await postgres.AddSiteAsync();
        EncodedEvent before = Make(id: "before"), during = Make(id: "during", at: Noon + 1, session: "s"), later = Make("bob", id: "later");
        await using (var first = postgres.StartSingleNode()) Assert.Equal([IngestOutcome.Stored], await first.AppendAsync(site, [before], default));
        await using var node = new SpooledNode(postgres, patience: isSilent ? Short : null);
        Assert.False((await ReadAsync(node, site)).IsPartial);
        if (isSilent) node.Store.FallSilent(); else node.Store.Refuse();

        Assert.Equal([IngestOutcome.Spooled], await node.Engine.AppendAsync(site, [during], default));
        Assert.Equal([IngestOutcome.Spooled], await node.Engine.AppendAsync(site, [later], default));
        await Wait.UntilAsync(() => node.Health.IsAway, "the store being away");
        var ada = await ReadAsync(node, site);
        Assert.True(ada.IsPartial);
        Assert.Equal(Describe([during, before]), Describe(ada.Events));
        Assert.Equal(["later"], (await ReadAsync(node, site, "bob")).Events.Select(e => e.IdText));
        await Assert.ThrowsAsync<EventStoreException>(async () => await node.Engine.ReadSessionAsync(site, "s", default));

        await node.RecoverAsync();
        ada = await ReadAsync(node, site);
        Assert.False(ada.IsPartial);
        Assert.Equal(Describe([during, before]), Describe(ada.Events));
        Assert.Equal(1, (await node.Engine.ReadSessionAsync(site, "s", default))!.EventCount);
        Assert.Equal(3, await Recount.RowsAsync(postgres.Database, site));
        await Recount.AssertExactAsync(postgres.Database, site);
        await Wait.UntilAsync(() => Directory.GetFiles(node.Folder, "*.spool").Length == 0, "an empty folder");
    }

    [Fact]
    public async Task Repeats_before_during_and_after_are_stored_once_and_the_first_stored_wins()
    {
        var site = await postgres.AddSiteAsync();
        await using var node = new SpooledNode(postgres);
        var first = Make("ada", id: "same");
        Assert.Equal([IngestOutcome.Stored], await node.Engine.AppendAsync(site, [first], default));
        node.Store.Refuse();
        EncodedEvent other = Make("bob", id: "same"), fresh = Make("bob", id: "fresh");
        for (var i = 0; i < 3; i++)
            Assert.All(await node.Engine.AppendAsync(site, [other, fresh, first], default), outcome => Assert.Equal(IngestOutcome.Spooled, outcome));
        // Nobody can know yet that the id is ada's.
        Assert.Equal(2, (await ReadAsync(node, site, "bob")).Events.Count);
        await node.RecoverAsync();
        Assert.Equal(["fresh"], (await ReadAsync(node, site, "bob")).Events.Select(e => e.IdText));
        Assert.Equal(["same"], (await ReadAsync(node, site, "ada")).Events.Select(e => e.IdText));
        Assert.Equal([IngestOutcome.Duplicate, IngestOutcome.Duplicate], await node.Engine.AppendAsync(site, [fresh, other], default));
        Assert.Equal(2, await Recount.RowsAsync(postgres.Database, site));
        await Recount.AssertExactAsync(postgres.Database, site);
    }

    [Fact]
    public async Task Pages_over_store_memory_and_spool_are_those_of_one_list()
    {
        var site = await postgres.AddSiteAsync();
        await using var node = new SpooledNode(postgres);
        var random = new Random(7);
        var all = Enumerable.Range(0, 120).Select(i => Make(type: $"type-{i % 3}", at: Noon + random.Next(40) * Instant.Hour)).ToArray();
        foreach (var chunk in all.Chunk(10))
        {
            // Alternately stored, only in the spool, and stored and in the spool.
            if (random.Next(3) is var where && where != 1) await node.Engine.AppendAsync(site, chunk, default);
            if (where != 0) Assert.Equal(IngestOutcome.Spooled, await node.Spool.AppendAsync(site.Id, chunk));
        }
        foreach (var limit in new[] { 1, 7, 50, 1000 })
            foreach (var type in new[] { null, "type-1" })
            {
                var query = new JourneyQuery("ada", Noon + 3 * Instant.Hour, Noon + 35 * Instant.Hour, type, limit);
                while (true)
                {
                    var page = await node.Engine.ReadJourneyAsync(site, query, default);
                    JourneyModel.AssertSame(JourneyModel.Read(all, query), page);
                    Assert.False(page.IsPartial);
                    if (!page.HasMore) break;
                    query = query with { Before = EventPosition.Of(page.Events[^1]) };
                }
            }
    }

    [Fact]
    public async Task Delivery_that_is_broken_off_goes_on_in_the_next_run()
    {
        var site = await postgres.AddSiteAsync("Asia/Kolkata");
        var node = new SpooledNode(postgres);
        node.Store.Refuse();
        var sent = Enumerable.Range(0, 8000).Select(i => Make($"user-{i % 60}", at: Noon + i * Instant.Hour / 100, session: $"s-{i % 9}")).ToArray();
        await Parallel.ForEachAsync(sent.Chunk(100), async (chunk, _) =>
            Assert.All(await node.Engine.AppendAsync(site, chunk, default), outcome => Assert.Equal(IngestOutcome.Spooled, outcome)));
        node.Store.Return();
        node.StartDraining();
        await Wait.UntilAsync(async () => await Recount.RowsAsync(postgres.Database, site) > 0, "some of the spool in the database");
        await node.StopAsync();
        await using var next = new SpooledNode(postgres, folder: node.Folder);
        await next.RecoverAsync();
        Assert.Equal(sent.Length, await Recount.RowsAsync(postgres.Database, site));
        await Recount.AssertExactAsync(postgres.Database, site);
    }

    [Fact]
    public async Task Requests_around_an_outage_are_all_acknowledged_and_stored_once()
    {
        var site = await postgres.AddSiteAsync();
        await using var node = new SpooledNode(postgres, patience: Short);
        node.StartDraining();
        var end = DateTime.UtcNow.AddSeconds(4);
        var sent = 0;
        var senders = Enumerable.Range(0, 8).Select(sender => Task.Run(async () =>
        {
            for (var i = 0; DateTime.UtcNow < end; i++)
            {
                var user = $"user-{i % 10}";
                var value = Make(user, id: $"{sender}-{i}");
                Assert.True((await node.Engine.AppendAsync(site, [value], default))[0] is IngestOutcome.Stored or IngestOutcome.Spooled);
                Interlocked.Increment(ref sent);
                var page = await node.Engine.ReadJourneyAsync(site, new JourneyQuery(user, Limit: 1000), default);
                // Partial: it was stored, by the request or by the delivery, and then the store went away again.
                Assert.True(page.HasMore || page.IsPartial || page.Events.Any(e => e.IdText == $"{sender}-{i}"), $"{sender}-{i} is acknowledged and not in the journey");
                await Task.Delay(5);
            }
        })).ToArray();
        for (var round = 0; DateTime.UtcNow < end; round++)
        {
            await Task.Delay(300);
            if (round % 2 == 0) node.Store.Refuse(); else node.Store.FallSilent();
            await Task.Delay(round % 2 == 0 ? 200 : 700);
            node.Store.Return();
        }
        await Wait.ForAsync(Task.WhenAll(senders), "the senders");
        await Wait.UntilAsync(() => !node.Spool.HasBacklog && node.Engine.Buffer.Waiting == 0, "an empty spool");
        Assert.Equal(sent, await Recount.RowsAsync(postgres.Database, site));
        await Recount.AssertExactAsync(postgres.Database, site);
    }

    [Fact]
    public async Task Events_of_a_site_that_is_gone_are_set_aside()
    {
        await using var node = new SpooledNode(postgres);
        var lost = Make(id: Guid.NewGuid().ToString());
        await node.Spool.AppendAsync(987_654, [lost]);
        await node.RecoverAsync();
        Assert.Equal("unknown-site", await postgres.ScalarAsync<string>("select reason from dead_letters where key = $1", lost.Key.ToGuid()));
    }

    private static async Task<JourneyPage> ReadAsync(SpooledNode node, Site site, string user = "ada") =>
        await node.Engine.ReadJourneyAsync(site, new JourneyQuery(user), default);
}
