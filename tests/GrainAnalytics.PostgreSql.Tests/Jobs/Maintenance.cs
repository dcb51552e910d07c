using System.Text.Json.Nodes;
using GrainAnalytics.Core.Jobs;
using GrainAnalytics.Core.Queries;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.PostgreSql.Blocks;
using GrainAnalytics.PostgreSql.Queries;
using GrainAnalytics.PostgreSql.Recounts;
using GrainAnalytics.PostgreSql.Retention;
using GrainAnalytics.PostgreSql.Rollups;
using GrainAnalytics.PostgreSql.Scans;
using GrainAnalytics.PostgreSql.Zones;
using GrainAnalytics.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;

namespace GrainAnalytics.PostgreSql.Tests.Jobs;

/// <summary>The jobs of a test's database, and the statistics to compare with.</summary>
internal sealed class Maintenance : IAsyncDisposable
{
    private readonly PostgresFixture _postgres;
    private readonly AnalyticsDatabase _analytics;
    private readonly MaintenanceDatabase _maintenance;

    public Maintenance(PostgresFixture postgres, TimeProvider? time = null)
    {
        _postgres = postgres;
        _analytics = new AnalyticsDatabase(Database.OpenForStatistics(postgres.ConnectionString));
        _maintenance = new MaintenanceDatabase(Database.OpenForMaintenance(postgres.ConnectionString));
        var metrics = new JobMetrics(new TestMeters());
        var folder = new SiteFolder(postgres.Database);
        var rebuilder = new SiteRebuilder(_analytics);
        Keeper = new RollupKeeper(folder, rebuilder, TimeProvider.System);
        Recount = new RecountJob(_maintenance, folder, metrics, NullLogger<RecountJob>.Instance);
        Retention = new RetentionJob(_maintenance, Queue.Options, metrics, time ?? TimeProvider.System, NullLogger<RetentionJob>.Instance);
        Rezoner = new SiteRezoner(_maintenance, folder);
        Rebuild = new RebuildJob(rebuilder, Rezoner, new PostgresRetention(postgres.Database), Queue.Options);
        (Queries, SqlQueries) = (Ask(useBlocks: true), Ask(useBlocks: false));
        Builder = new BlockBuilder(_maintenance, time ?? TimeProvider.System) { PieceEvents = time is null ? 600_000 : 5 };

        PostgresQueries Ask(bool useBlocks) => new(new Asker(_analytics, Keeper),
            new Scanner(_analytics, Keeper, new ScanOptions { ScanBudget = TimeSpan.FromMinutes(1), UseBlocks = useBlocks }, time ?? TimeProvider.System));
    }

    public RollupKeeper Keeper { get; }

    public RebuildJob Rebuild { get; }

    public RecountJob Recount { get; }

    public RetentionJob Retention { get; }

    public SiteRezoner Rezoner { get; }

    public PostgresQueries Queries { get; }

    /// <summary>The same without blocks of days.</summary>
    public PostgresQueries SqlQueries { get; }

    public BlockBuilder Builder { get; }

    /// <summary>Builds the blocks of days.</summary>
    public async Task BuildAsync(Site site, IEnumerable<DateOnly> days)
    {
        foreach (var day in days) Assert.Contains(await Builder.BuildAsync(site.Id, day, default), (BlockOutcome[])[BlockOutcome.Built, BlockOutcome.Refused]);
    }

    /// <summary>Changes a site's time zone without a job.</summary>
    /// <returns>The site as it is now.</returns>
    public async Task<Site> RezoneAsync(Site site, string timeZone)
    {
        var done = await Rezoner.RunAsync(site.Id, timeZone, null, _ => Task.CompletedTask, default);
        return done is null ? site : site with { Clock = done.Clock };
    }

    /// <summary>Recounts a day as the queue would.</summary>
    /// <returns>Differences that were repaired, by table.</returns>
    public async Task<Dictionary<string, long>> RecountAsync(Site site, DateOnly day)
    {
        var id = (await _postgres.Store().AddAsync([new NewJob(JobKinds.Recount, site.Id, RecountJob.ArgumentsOf(day))], default))[0];
        var run = new JobRun(new TakenJob(id, Guid.NewGuid(), JobKinds.Recount, site.Id, RecountJob.ArgumentsOf(day), null, 1));
        JsonNode? result = null;
        for (var attempt = 1; result is null; attempt++)
        {
            try
            {
                result = JsonNode.Parse(await Recount.RunAsync(run, default))!;
            }
            catch (PostgresException e) when (attempt < 20 && e.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected)
            {
                // A writer was in the way for too long; the queue tries again too.
            }
        }
        await _postgres.ExecuteAsync($"delete from jobs where id = {id}");
        var tables = result["tables"]!.AsArray().ToDictionary(table => (string)table!["table"]!, table => (long)table!["differences"]!);
        Assert.All(tables.Keys, table => Assert.Contains(table, RecountTables.All));
        Assert.Equal(tables.Values.Sum(), (long)result["differences"]!);
        return tables;
    }

    public async ValueTask DisposeAsync()
    {
        await _analytics.DisposeAsync();
        await _maintenance.DisposeAsync();
    }
}
