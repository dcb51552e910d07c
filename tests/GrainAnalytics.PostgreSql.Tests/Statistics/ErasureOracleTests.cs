using GrainAnalytics.Core.Queries;
using GrainAnalytics.PostgreSql.Blocks;
using GrainAnalytics.PostgreSql.Queries;
using GrainAnalytics.PostgreSql.Rollups;
using GrainAnalytics.PostgreSql.Scans;
using GrainAnalytics.Testing;
using Xunit;
using Xunit.Abstractions;

namespace GrainAnalytics.PostgreSql.Tests.Statistics;

/// <summary>Random histories of which some users are erased, once or again, while it arrives: every statistic equals a brute-force recount without them.</summary>
public sealed class ErasureOracleTests(PostgresFixture postgres, ITestOutputHelper output) : IClassFixture<PostgresFixture>
{
    // More are those of OracleTests, which erases nothing.
    private static readonly int Rounds = Environment.GetEnvironmentVariable("GRAINANALYTICS_LONG") == "1" ? 200 : 45;

    [Fact]
    public async Task Every_statistic_equals_a_recount_without_erased_users()
    {
        await using var database = new AnalyticsDatabase(Database.OpenForStatistics(postgres.ConnectionString));
        var rebuilder = new SiteRebuilder(database);
        var folds = new RollupKeeper(new SiteFolder(postgres.Database), rebuilder, TimeProvider.System);
        var queries = new PostgresQueries(new Asker(database, folds), new Scanner(database, folds, new ScanOptions { ScanBudget = TimeSpan.FromMinutes(1) }, TimeProvider.System));
        await using var engine = postgres.StartSingleNode();
        var eraser = postgres.Eraser(engine);
        await using var maintenance = new MaintenanceDatabase(Database.OpenForMaintenance(postgres.ConnectionString));
        var builder = new BlockBuilder(maintenance, TimeProvider.System);
        var erasedEvents = 0L;
        await SideBySide.RunAsync(Rounds, output.WriteLine, async (i, random) =>
        {
            var zone = Histories.Zones[random.Next(Histories.Zones.Length)];
            var site = await postgres.AddSiteAsync(zone);
            var history = WithSharedSessions(Histories.Make(random, 60), random);
            var (stored, seen) = (new Dictionary<string, Happening>(), new HashSet<string>());
            for (var parts = random.Next(1, 5); parts > 0; parts--)
            {
                // Also what was sent before, and is erased perhaps.
                var part = history.Where(_ => random.Next(2) == 0).ToList();
                await OracleTests.SendAsync(engine, site, part, random, async () =>
                {
                    await folds.FoldAsync(site.Id);
                    if (i % 10 == 0 && stored.Count > 0) await OracleTests.AskAsync(queries, site, [.. stored.Values], zone, random, compare: false);
                });
                await OracleTests.BuildAsync(builder, site, history, zone, random);
                foreach (var happening in part) if (seen.Add(happening.Id)) stored.Add(happening.Id, happening);
                for (var erasures = random.Next(3); erasures > 0; erasures--)
                {
                    var user = history[random.Next(history.Count)].User;
                    var gone = PersonOf(user, stored.Values);
                    var receipt = await eraser.EraseSurelyAsync(site, user);
                    Assert.Equal(stored.Values.Count(h => gone.Contains(h.User)), receipt.Events);
                    foreach (var happening in stored.Values.Where(h => gone.Contains(h.User)).ToArray()) stored.Remove(happening.Id);
                    Interlocked.Add(ref erasedEvents, receipt.Events);
                }
                await Recount.AssertExactAsync(postgres.Database, site);
                if (stored.Count > 0 && (parts == 1 || random.Next(3) == 0)) await OracleTests.AskAsync(queries, site, [.. stored.Values], zone, random, compare: true);
            }
            if (i % 10 > 0 || stored.Count == 0) return;
            Assert.Equal(stored.Values.Count(h => !h.IsBot), await rebuilder.RebuildAsync(site.Id, always: true, null, default));
            await OracleTests.AskAsync(queries, site, [.. stored.Values], zone, random, compare: true, isRebuilt: true);
        });
        Assert.True(erasedEvents > Rounds, $"{erasedEvents} events were erased");
    }

    private static HashSet<string> PersonOf(string id, IEnumerable<Happening> stored)
    {
        var links = stored.Where(h => h is { Anonymous: not null, IsBot: false }).DistinctBy(h => h.Anonymous).ToDictionary(h => h.Anonymous!, h => h.User);
        var user = links.GetValueOrDefault(id, id);
        return [id, user, .. links.Where(link => link.Value == user).Select(link => link.Key)];
    }

    // Two people at one machine, or a session id that is everybody's.
    private static List<Happening> WithSharedSessions(List<Happening> history, Random random) =>
        random.Next(2) == 0 ? history : [.. history.Select(h => random.Next(3) == 0 ? h with { Session = $"shared-{random.Next(4)}" } : h)];
}
