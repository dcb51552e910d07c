using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Erasures;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Spool;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.Grains.Engine;
using GrainAnalytics.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace GrainAnalytics.Grains.Tests;

/// <summary>Silos with spools, each on a database that can be taken away from it alone.</summary>
internal sealed class SpooledCluster : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _work = [];
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"spools-{Guid.NewGuid():N}");

    public TestCluster Cluster { get; private set; } = null!;

    public static async Task<SpooledCluster> StartAsync(PostgresFixture postgres, int silos)
    {
        var spooled = new SpooledCluster();
        var next = 0;
        spooled.Cluster = await TestCluster.StartAsync(postgres, silos, configure: silo =>
        {
            var folder = Path.Combine(spooled._folder, $"{Interlocked.Increment(ref next)}");
            silo.Services
                .AddSingleton(new WritePatience(TimeSpan.FromMilliseconds(500), EndsWhenAway: true))
                .AddSingleton<SpoolMetrics>()
                .AddSingleton(new SpoolOptions { Path = folder, MinFreeBytes = 0 })
                .AddSingleton<EventSpool>()
                .AddSingleton(services => new SilentStore(new PostgreSql.PostgresEventStore(postgres.Database, Interlocked.Increment(ref next) * 16)))
                .AddSingleton<IEventStore>(services => services.GetRequiredService<SilentStore>())
                .AddSingleton<IAnalyticsEngine>(services => new SpoolingEngine(services.GetGrainsEngine(), services.GetRequiredService<EventSpool>(),
                    services.GetRequiredService<StoreHealth>(), services.GetRequiredService<ISpoolPeers>()));
        });
        for (var silo = 0; silo < silos; silo++)
        {
            var health = spooled.Cluster.ServiceOf<StoreHealth>(silo);
            spooled._work.Add(health.RunAsync(spooled.Store(silo).PingAsync, spooled._stop.Token));
        }
        return spooled;
    }

    public SilentStore Store(int silo) => Cluster.ServiceOf<SilentStore>(silo);

    public EventSpool Spool(int silo) => Cluster.ServiceOf<EventSpool>(silo);

    /// <summary>Delivers the spools of silos until nothing is left.</summary>
    public async Task DrainAsync(params int[] silos)
    {
        foreach (var silo in silos)
        {
            Store(silo).Return();
            var services = Cluster.Silos[silo].ServiceProvider;
            var drainer = new SpoolDrainer(Spool(silo), services.GetGrainsEngine(), services.GetRequiredService<ISiteDirectory>(), Store(silo),
                services.GetRequiredService<StoreHealth>(), services.GetRequiredService<IErasureStore>(), services.GetRequiredService<ErasureMetrics>(), TimeProvider.System, services.GetRequiredService<ILogger<SpoolDrainer>>());
            _work.Add(drainer.RunAsync(_stop.Token));
        }
        await Wait.UntilAsync(() => silos.All(silo => !Spool(silo).HasBacklog && Cluster.EngineOf(silo).Buffer.Waiting == 0), "empty spools", TimeSpan.FromSeconds(60));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Cluster.DisposeAsync();
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }
}
