using System.Collections.Concurrent;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Live;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Grains.Live;
using GrainAnalytics.Testing;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Orleans.Streams;
using Orleans.Streams.Core;
using Xunit;

namespace GrainAnalytics.Grains.Tests;

/// <summary>The live feed over silos: whoever watches on any of them sees what is stored on all of them.</summary>
public sealed class ClusterLiveTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    // A silo must be found dead and its queues taken over first, on a machine that may be busy.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Viewers_on_all_silos_end_at_what_the_rows_say()
    {
        await using var cluster = await TestCluster.StartAsync(postgres, silos: 3);
        var site = await postgres.AddSiteAsync();
        await AppendAsync(cluster, 0, site, Events(5, 0));
        var seen = new ConcurrentDictionary<int, LiveView>();
        await using var first = await WatchAsync(cluster, 0, site, seen);
        Assert.Equal(5, seen[0].Types.Sum(type => type.Count));
        await using var second = await WatchAsync(cluster, 1, site, seen);
        await using var third = await WatchAsync(cluster, 2, site, seen);
        // Silos are told one after the other that the site is watched; whatever is stored meanwhile is in the end seen too.
        for (var i = 0; i < 30; i++) await AppendAsync(cluster, i % 3, site, Events(20, i));
        await Wait.UntilAsync(() => seen.Values.All(view => view.Types.Sum(type => type.Count) == 605 && view.ActiveUsers == 40), "605 events at all silos", Patience);
        Assert.All(seen.Values, view => Assert.Equal((40, 20), (view.ActiveNow, view.Latest.Count)));
    }

    [Fact]
    public async Task A_silo_has_one_subscription_a_site_until_its_last_viewer_left()
    {
        await using var cluster = await TestCluster.StartAsync(postgres, silos: 2);
        var site = await postgres.AddSiteAsync();
        var seen = new ConcurrentDictionary<int, LiveView>();
        var here = await WatchAsync(cluster, 0, site, seen);
        var again = await WatchAsync(cluster, 0, site, seen);
        var there = await WatchAsync(cluster, 1, site, seen);
        Assert.Equal(2, (await SubscriptionsAsync(cluster, site)).Count);
        await here.DisposeAsync();
        Assert.Equal(2, (await SubscriptionsAsync(cluster, site)).Count);
        await again.DisposeAsync();
        await there.DisposeAsync();
        Assert.Empty(await SubscriptionsAsync(cluster, site));
    }

    [Fact]
    public async Task The_subscription_of_a_dead_silo_is_removed_and_the_others_go_on()
    {
        await using var cluster = await TestCluster.StartAsync(postgres, silos: 3);
        var site = await postgres.AddSiteAsync();
        var seen = new ConcurrentDictionary<int, LiveView>();
        await using var staying = await WatchAsync(cluster, 0, site, seen);
        var dying = await WatchAsync(cluster, 2, site, seen);
        var survivor = Subscriber(cluster, 0, site);
        Assert.Equal(2, (await SubscriptionsAsync(cluster, site)).Count);
        await cluster.KillSiloAsync(2);
        var sent = 0;
        await Wait.UntilAsync(async () =>
        {
            await AppendAsync(cluster, sent % 2, site, Events(1, sent++));
            return await SubscriptionsAsync(cluster, site) is [var only] && only == survivor
                && seen[0].Types.Sum(type => type.Count) > 0;
        }, "the end of the dead silo's subscription", Patience);
        await Wait.UntilAsync(() => seen[0].Types.Sum(type => type.Count) == sent, "all events at the silo that lives", Patience);
        GC.KeepAlive(dying);
    }

    private static GrainId Subscriber(TestCluster cluster, int silo, Site site) => cluster.ServiceOf<Orleans.IGrainFactory>(silo)
        .GetGrain<Contracts.ILiveRelayGrain>(LiveRelayGrain.KeyOf(cluster.Silos[silo].SiloAddress, site.Id)).GetGrainId();

    private static async Task<List<GrainId>> SubscriptionsAsync(TestCluster cluster, Site site)
    {
        var admin = cluster.ServiceOf<IStreamSubscriptionManagerAdmin>(0);
        var manager = admin.GetStreamSubscriptionManager(StreamSubscriptionManagerType.ExplicitSubscribeOnly);
        return [.. (await manager.GetSubscriptions(LiveStreams.Provider, StreamId.Create("live", site.Id))).Select(s => s.GrainId)];
    }

    private static async Task<IAsyncDisposable> WatchAsync(TestCluster cluster, int silo, Site site, ConcurrentDictionary<int, LiveView> seen) =>
        await cluster.ServiceOf<ILiveUpstream>(silo).BeginAsync(site,
            view => seen.AddOrUpdate(silo, view, (_, known) => known.Epoch == view.Epoch && known.Sequence > view.Sequence ? known : view), default);

    private static EncodedEvent[] Events(int count, int round) => [.. Enumerable.Range(0, count).Select(i =>
        TestEvents.Make($"user-{round % 2 * 20 + i}", $"type-{i % 3}", at: TimeProvider.System.NowMicroseconds(), received: TimeProvider.System.NowMicroseconds() + i))];

    private static async Task AppendAsync(TestCluster cluster, int silo, Site site, EncodedEvent[] events) =>
        Assert.All(await cluster.EngineOf(silo).AppendAsync(site, events, default), outcome => Assert.Equal(IngestOutcome.Stored, outcome));
}
