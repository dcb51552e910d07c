using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Live;
using GrainAnalytics.Core.Quotas;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Spool;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.Grains.Live;
using GrainAnalytics.Grains.Placement;
using GrainAnalytics.Grains.Sites;
using GrainAnalytics.Grains.Spools;
using GrainAnalytics.Grains.Users;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace GrainAnalytics.Grains.Engine;

/// <summary>Registers the grains' engine.</summary>
public static class GrainServices
{
    private static readonly TimeSpan SignOfLife = TimeSpan.FromSeconds(5);

    /// <summary>A silo whose row in the membership table is older has missed three signs of life.</summary>
    public static readonly TimeSpan SilentWhenGone = 3 * SignOfLife;

    /// <summary>The grains' engine.</summary>
    public static IAnalyticsEngine GetGrainsEngine(this IServiceProvider services) => services.GetRequiredService<OrleansEngine>();

    /// <summary>Adds the engine to a silo. The program brings the store, the site directory, options, metrics and clock.</summary>
    /// <param name="silo">The silo; it needs grain storage named PubSubStore.</param>
    /// <param name="cluster">Its settings.</param>
    /// <param name="idleAfter">How long a grain that nobody touches stays in memory.</param>
    public static ISiloBuilder AddGrainAnalyticsEngine(this ISiloBuilder silo, ClusterSettings cluster, TimeSpan idleAfter)
    {
        silo.Configure<GrainCollectionOptions>(collection =>
        {
            var quantum = TimeSpan.FromTicks(Math.Clamp(idleAfter.Ticks / 4, TimeSpan.TicksPerSecond / 4, TimeSpan.TicksPerMinute));
            (collection.CollectionQuantum, collection.CollectionAge) = (quantum, TimeSpan.FromTicks(Math.Max(idleAfter.Ticks, quantum.Ticks * 2)));
        });
        silo.Configure<ClusterMembershipOptions>(membership => Tune(membership, cluster));
        silo.Configure<SiloMessagingOptions>(messaging => messaging.ResponseTimeout = cluster.CallBudget + TimeSpan.FromSeconds(5));
        UseConsistentDirectory(silo);
        silo.AddGrainService<AppendService>();
        silo.AddGrainService<LiveService>();
        silo.AddGrainService<SiteService>();
        silo.AddGrainService<SpoolService>();
        LiveStreams.Add(silo);
        silo.Services
            .AddSingleton(cluster)
            .AddSingleton<SiloView>()
            .AddSingleton<AppendDispatcher>()
            .AddSingleton<AppendServiceClient>()
            .AddSingleton<EventRouter>()
            .AddSingleton<CommitObservers>()
            .AddSingleton<ClusterLive>()
            .AddSingleton<ILiveSink>(services => services.GetRequiredService<ClusterLive>())
            .AddSingleton<ILiveUpstream>(services => services.GetRequiredService<ClusterLive>())
            .AddSingleton<ILiveReset>(services => services.GetRequiredService<ClusterLive>())
            .AddSingleton<LiveServiceClient>()
            .AddTransient<LiveAnnouncer>()
            .AddSingleton<SiteServiceClient>()
            .AddSingleton<SiteAnnouncer>()
            .AddTransient<SiteDesk>()
            .AddSingleton<IQuotaSource, ClusterQuotas>()
            .AddSingleton<ISiteRegistry, ClusterSites>()
            .AddSingleton(services => new WriteBuffer(services.GetRequiredService<IngestOptions>(), services.GetRequiredService<IEventStore>(),
                services.GetRequiredService<CommitObservers>(), services.GetRequiredService<WriteMetrics>(), services.GetRequiredService<IngestMetrics>(),
                services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<WriteBuffer>>(), services.GetRequiredService<StoreHealth>(), services.GetRequiredService<WritePatience>()))
            .AddSingleton<EventIntake>()
            .AddSingleton<OrleansEngine>()
            .AddSingleton<ClusterSpools>()
            .AddSingleton<ISpoolPeers>(services => services.GetRequiredService<ClusterSpools>())
            .AddSingleton<SpoolServiceClient>()
            .AddPlacementDirector<UserPlacement, UserPlacementDirector>();
        return silo;
    }

    // With the default directory a silo that comes or goes leaves, for a moment, some users with an activation on two silos,
    // and a lookup at the older one does not know what the newer acknowledged: 7 of 26,000 lookups in five rolling restarts
    // of three silos under load. This directory hands its ranges over before anybody answers for them: none of as many.
    private static void UseConsistentDirectory(ISiloBuilder silo)
    {
        // It is marked as experimental because its method may change, which is one line here.
#pragma warning disable ORLEANSEXP003
        silo.AddDistributedGrainDirectory();
#pragma warning restore ORLEANSEXP003
        // By default nobody may take over the users of a silo that was killed for 30 s, in case it still lives; a request
        // waits for 5 s at most. One that was voted out and lives ends itself when it hears of it.
        silo.Configure<GrainDirectoryOptions>(directory => directory.RangeLeaseDuration = TimeSpan.Zero);
    }

    // The defaults suit long-lived back-ends: there a killed silo is noticed after more than ten seconds, and callers wait
    // as long. A web request has five.
    private static void Tune(ClusterMembershipOptions membership, ClusterSettings cluster)
    {
        membership.ProbeTimeout = cluster.ProbeTimeout;
        membership.NumMissedProbesLimit = cluster.MissedProbes;
        // Rows of silos that were killed all at once are found stale sooner.
        membership.IAmAliveTablePublishTimeout = SignOfLife;
        membership.NumMissedTableIAmAliveLimit = 3;
        membership.TableRefreshTimeout = TimeSpan.FromSeconds(10);
    }
}
