using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.Testing;
using Xunit;
using static GrainAnalytics.Testing.TestEvents;

namespace GrainAnalytics.PostgreSql.Tests;

/// <summary>Many writers on the same ids and the same rollup rows. GRAINANALYTICS_LONG=1 makes it last a minute.</summary>
public sealed class ContentionTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(Environment.GetEnvironmentVariable("GRAINANALYTICS_LONG") == "1" ? 60 : 3);

    [Fact]
    public async Task Two_engines_that_get_the_same_events_store_each_once()
    {
        await using var one = postgres.StartSingleNode();
        await using var other = postgres.StartSingleNode();
        var end = DateTime.UtcNow + Duration;
        for (var round = 0; DateTime.UtcNow < end; round++)
        {
            var site = await postgres.AddSiteAsync();
            var stored = 0;
            await Task.WhenAll(Enumerable.Range(0, 8).Select(sender => Task.Run(async () =>
            {
                var random = new Random(round * 8 + sender);
                var order = Enumerable.Range(0, 1000).ToArray();
                random.Shuffle(order);
                foreach (var ids in order.Chunk(random.Next(20, 400)))
                {
                    // The same ids from every sender, of other users, days and sessions each time.
                    var batch = ids.Select(id => Make($"user-{random.Next(20)}", $"type-{id % 3}", $"id-{id}", Noon + random.NextInt64(40 * Instant.Day) / 2, $"session-{random.Next(10)}")).ToArray();
                    var outcomes = await (sender % 2 == 0 ? one : other).AppendAsync(site, batch, default);
                    Assert.All(outcomes, outcome => Assert.True(outcome is IngestOutcome.Stored or IngestOutcome.Duplicate, $"{outcome}"));
                    Interlocked.Add(ref stored, outcomes.Count(outcome => outcome == IngestOutcome.Stored));
                }
            })));
            Assert.Equal(1000, stored);
            Assert.Equal(1000, await Recount.RowsAsync(postgres.Database, site));
            await Recount.AssertExactAsync(postgres.Database, site);
        }
        Assert.Equal(0, await postgres.ScalarAsync<long>("select count(*) from dead_letters"));
    }

    [Fact]
    public async Task Writers_never_deadlock()
    {
        var before = await DeadlocksAsync();
        var sites = new[] { await postgres.AddSiteAsync(), await postgres.AddSiteAsync() };
        var end = DateTime.UtcNow + Duration;
        var stored = 0;
        var distinct = new HashSet<(int, string)>();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(number => Task.Run(async () =>
        {
            await using var writer = postgres.Store.OpenWriter(number % 2);       // two pairs share their counters' rows
            var random = new Random(number);
            for (var round = 0; DateTime.UtcNow < end; round++)
            {
                var events = Enumerable.Range(0, random.Next(50, 500)).Select(_ => random.Next(1000)).Distinct().Select(id => (Site: sites[id % 2],
                    Event: Make($"user-{random.Next(15)}", $"type-{random.Next(3)}", $"{round / 4}-{id}", Noon + random.NextInt64(5 * Instant.Day), $"session-{random.Next(10)}"))).ToArray();
                lock (distinct) foreach (var (site, value) in events) distinct.Add((site.Id, value.IdText));
                EventRow[] rows = [.. events.Select(pair => Row(pair.Site, pair.Event)).OrderBy(row => row.Site.Id).ThenBy(row => row.Event.Key)];
                while (true)
                {
                    try
                    {
                        Interlocked.Add(ref stored, (await writer.WriteAsync(rows, false, default)).IsStored.Count(isStored => isStored));
                        break;
                    }
                    catch (EventStoreException e) when (e.Failure == StoreFailure.Conflict)
                    {
                    }
                }
            }
        })));
        Assert.Equal(distinct.Count, stored);
        foreach (var site in sites) await Recount.AssertExactAsync(postgres.Database, site);
        Assert.Equal(before, await DeadlocksAsync());
    }

    private async Task<long> DeadlocksAsync()
    {
        await postgres.ExecuteAsync("select pg_stat_force_next_flush()");
        return await postgres.ScalarAsync<long>("select deadlocks from pg_stat_database where datname = current_database()");
    }
}
