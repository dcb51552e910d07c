using GrainAnalytics.Core.DeadLetters;
using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Erasures;
using GrainAnalytics.Core.Exports;
using GrainAnalytics.Core.Jobs;
using GrainAnalytics.Core.Queries;
using GrainAnalytics.Core.Quotas;
using GrainAnalytics.Core.Signing;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Visitors;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.PostgreSql.Blocks;
using GrainAnalytics.PostgreSql.DeadLetters;
using GrainAnalytics.PostgreSql.Erasures;
using GrainAnalytics.PostgreSql.Exports;
using GrainAnalytics.PostgreSql.Jobs;
using GrainAnalytics.PostgreSql.Queries;
using GrainAnalytics.PostgreSql.Recounts;
using GrainAnalytics.PostgreSql.Retention;
using GrainAnalytics.PostgreSql.Rollups;
using GrainAnalytics.PostgreSql.Scans;
using GrainAnalytics.PostgreSql.Schema;
using GrainAnalytics.PostgreSql.Sites;
using GrainAnalytics.PostgreSql.Visitors;
using GrainAnalytics.PostgreSql.Zones;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace GrainAnalytics.PostgreSql;

/// <summary>Registers PostgreSQL as the store.</summary>
public static class PostgresServices
{
    /// <summary>Adds the data source and everything of Core's ports that it implements.</summary>
    /// <param name="services">The program's services; <see cref="TimeProvider"/>, <see cref="BootstrapOptions"/>,
    /// <see cref="DeadLetterOptions"/>, <see cref="ScanOptions"/>, <see cref="JobOptions"/>, <see cref="JobMetrics"/> and <see cref="DeadLetterMetrics"/> must be among them.</param>
    /// <param name="connectionString">An Npgsql connection string.</param>
    /// <param name="firstShard">Number of this process's first writer among those of all processes, at most 32,000.</param>
    public static IServiceCollection AddPostgres(this IServiceCollection services, string connectionString, int firstShard = 0) => services
        .AddSingleton(_ => Database.Open(connectionString))
        .AddSingleton<Migrator>()
        .AddSingleton<PartitionKeeper>()
        .AddSingleton<Bootstrapper>()
        .AddSingleton<IStoreKeeper, StoreKeeper>()
        .AddSingleton<IEventStore>(provider => new PostgresEventStore(provider.GetRequiredService<NpgsqlDataSource>(), firstShard,
            site => provider.GetRequiredService<ISiteCache>().Forget(site), provider.GetRequiredService<JourneyDatabase>()))
        .AddSingleton(_ => new JourneyDatabase(Database.OpenForJourneys(connectionString)))
        .AddSingleton<PostgresSiteDirectory>()
        .AddSingleton<ISiteDirectory>(provider => provider.GetRequiredService<PostgresSiteDirectory>())
        .AddSingleton<ISiteCache>(provider => provider.GetRequiredService<PostgresSiteDirectory>())
        .AddSingleton<PostgresSiteStore>()
        .AddSingleton<ISiteStore>(provider => provider.GetRequiredService<PostgresSiteStore>())
        .AddSingleton<IUsageStore>(provider => provider.GetRequiredService<PostgresSiteStore>())
        .AddSingleton<IDeadLetterStore, PostgresDeadLetters>()
        .AddSingleton<LetterKeeper>()
        .AddSingleton<IKeySigning, PostgresKeySigning>()
        .AddSingleton<IVisitorSalts, PostgresVisitorSalts>()
        .AddSingleton(_ => new AnalyticsDatabase(Database.OpenForStatistics(connectionString)))
        .AddSingleton<SiteFolder>()
        .AddSingleton<SiteRebuilder>()
        .AddSingleton(provider => new RollupKeeper(provider.GetRequiredService<SiteFolder>(), provider.GetRequiredService<SiteRebuilder>(),
            provider.GetRequiredService<TimeProvider>(), provider.GetService<StoreHealth>(),
            // Asked for late: the engine writes to this store.
            () => provider.GetService<IAnalyticsEngine>()?.Buffer.Waiting ?? 0))
        .AddSingleton<Asker>()
        .AddSingleton<BlockBuilder>()
        .AddSingleton<BlockKeeper>()
        .AddSingleton<Scanner>()
        .AddSingleton<IQueries, PostgresQueries>()
        .AddSingleton<IExports, PostgresExports>()
        .AddSingleton(_ => new MaintenanceDatabase(Database.OpenForMaintenance(connectionString)))
        .AddSingleton<IJobStore, PostgresJobs>()
        .AddSingleton<IRetentionStore, PostgresRetention>()
        .AddSingleton<IErasureStore, PostgresErasures>()
        .AddSingleton<IJob, RebuildJob>()
        .AddSingleton<IJob, RecountJob>()
        .AddSingleton<IJob, RetentionJob>()
        .AddSingleton<SiteRezoner>()
        // Asked for late: the registry is the engine's.
        .AddSingleton<IJob>(provider => new TimeZoneJob(provider.GetRequiredService<SiteRezoner>(), provider.GetRequiredService<JobOptions>(), () => provider.GetService<ISiteRegistry>()));
}
