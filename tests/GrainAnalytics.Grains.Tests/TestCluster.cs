using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Erasures;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Live;
using GrainAnalytics.Core.Quotas;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.Grains.Engine;
using GrainAnalytics.PostgreSql;
using GrainAnalytics.PostgreSql.Sites;
using GrainAnalytics.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.TestingHost;

namespace GrainAnalytics.Grains.Tests;

/// <summary>Silos in this process on one database.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private readonly InProcessTestCluster _cluster;

    private TestCluster(InProcessTestCluster cluster) => _cluster = cluster;

    public IReadOnlyList<InProcessSiloHandle> Silos => _cluster.Silos;

    public IAnalyticsEngine EngineOf(int silo) => ServiceOf<IAnalyticsEngine>(silo);

    public T ServiceOf<T>(int silo) where T : notnull => _cluster.Silos[silo].ServiceProvider.GetRequiredService<T>();

    public static async Task<TestCluster> StartAsync(PostgresFixture postgres, int silos, EngineOptions? engine = null, IngestOptions? ingest = null, Action<ISiloBuilder>? configure = null)
    {
        var builder = new InProcessTestClusterBuilder((short)silos);
        var next = 0;
        builder.Options.InitializeClientOnDeploy = false;
        builder.ConfigureSilo((_, silo) =>
        {
            var store = new PostgresEventStore(postgres.Database, Interlocked.Increment(ref next) * 16);
            silo.Services
                .AddMetrics()
                .AddLogging(logs => logs.SetMinimumLevel(LogLevel.Error))
                .AddSingleton(TimeProvider.System)
                .AddSingleton(engine ?? new EngineOptions())
                .AddSingleton(ingest ?? new IngestOptions())
                .AddSingleton<IngestMetrics>()
                .AddSingleton<WriteMetrics>()
                .AddSingleton<StoreHealth>()
                .AddSingleton(new WritePatience((ingest ?? new IngestOptions()).AnswerWithin))
                .AddSingleton(services => services.GetGrainsEngine())
                .AddSingleton(new LiveOptions())
                .AddSingleton<ICommitObserver, LiveCollector>()
                .AddSingleton<IEventStore>(store)
                .AddSingleton(new PostgresSiteDirectory(postgres.Database, TimeProvider.System))
                .AddSingleton<ISiteDirectory>(services => services.GetRequiredService<PostgresSiteDirectory>())
                .AddSingleton<ISiteCache>(services => services.GetRequiredService<PostgresSiteDirectory>())
                .AddSingleton<ISiteStore>(new PostgresSiteStore(postgres.Database))
                .AddSingleton<IUsageStore>(new PostgresSiteStore(postgres.Database))
                .AddSingleton<QuotaGate>()
                .AddSingleton(postgres.Erasures)
                .AddSingleton<ErasureMetrics>()
                .AddSingleton<UserEraser>();
            silo.AddMemoryGrainStorage("PubSubStore");
            silo.AddGrainAnalyticsEngine(new ClusterSettings(), (engine ?? new EngineOptions()).IdleAfter);
            configure?.Invoke(silo);
        });
        var cluster = new TestCluster(await BuildAsync(builder));
        await cluster._cluster.DeployAsync();
        return cluster;
    }

    // It looks for ports that nobody uses, of which there are none for a while after a test with many connections.
    private static async Task<InProcessTestCluster> BuildAsync(InProcessTestClusterBuilder builder)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return builder.Build();
            }
            catch (InvalidOperationException) when (attempt < 60)
            {
                await Task.Delay(TimeSpan.FromSeconds(1));
            }
        }
    }

    public Task<InProcessSiloHandle> AddSiloAsync() => _cluster.StartAdditionalSiloAsync();

    public Task StopSiloAsync(int silo) => _cluster.StopSiloAsync(_cluster.Silos[silo]);

    public Task KillSiloAsync(int silo) => _cluster.KillSiloAsync(_cluster.Silos[silo]);

    // The silos' containers end their write buffers.
    public ValueTask DisposeAsync() => _cluster.DisposeAsync();
}
