using System.Collections.Concurrent;
using GrainAnalytics.Core.Erasures;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Journeys;
using GrainAnalytics.Core.Live;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Testing;
using Xunit;

namespace GrainAnalytics.Grains.Tests;

/// <summary>Erased on one silo, a user is nowhere on the others either.</summary>
public sealed class ClusterErasureTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Journeys_and_live_views_on_every_silo_lack_the_user_when_the_answer_comes()
    {
        await using var cluster = await TestCluster.StartAsync(postgres, silos: 3);
        var site = await postgres.AddSiteAsync();
        var seen = new ConcurrentDictionary<int, ViewerModel>();
        var watches = new List<IAsyncDisposable>();
        for (var silo = 0; silo < 3; silo++)
        {
            var viewer = seen[silo] = new ViewerModel();
            watches.Add(await cluster.ServiceOf<ILiveUpstream>(silo).BeginAsync(site, viewer.Take, default));
        }
        for (var round = 0; round < 6; round++)
        {
            var gone = $"gone-{round}";
            for (var silo = 0; silo < 3; silo++) await AppendAsync(cluster, silo, site, [Make(gone), Make(gone), Make("stays")]);
            var stays = (round + 1) * 3;
            await Wait.UntilAsync(() => seen.Values.All(viewer => viewer.View is { ActiveUsers: 2 } view && view.Types.Sum(type => type.Count) == stays + 6), "all events at all silos", TimeSpan.FromSeconds(60));
            for (var silo = 0; silo < 3; silo++) Assert.Equal(6, (await ReadAsync(cluster, silo, site, gone)).Count);

            // The last events are told to the site's owner while it happens, or after.
            await AppendAsync(cluster, (round + 1) % 3, site, [Make(gone)]);
            var receipt = await cluster.ServiceOf<UserEraser>(round % 3).EraseSurelyAsync(site, gone);
            Assert.Equal(7, receipt.Events);
            foreach (var viewer in seen.Values)
            {
                Assert.Equal((1, 1, stays), (viewer.View!.ActiveUsers, viewer.View.ActiveNow, viewer.View.Types.Sum(type => type.Count)));
                Assert.DoesNotContain(viewer.View.Latest, value => value.Event.UserIdText == gone);
            }
            for (var silo = 0; silo < 3; silo++) Assert.Empty(await ReadAsync(cluster, silo, site, gone));
        }
        await Recount.AssertExactAsync(postgres.Database, site);
        foreach (var watch in watches) await watch.DisposeAsync();
    }

    [Fact]
    public async Task What_waits_in_another_silos_spool_is_shown_no_more_and_refused()
    {
        await using var spooled = await SpooledCluster.StartAsync(postgres, silos: 2);
        var (cluster, site) = (spooled.Cluster, await postgres.AddSiteAsync());
        await AppendAsync(cluster, 0, site, [Make("ada")]);
        spooled.Store(0).Refuse();
        spooled.Store(1).Refuse();
        Assert.Equal([IngestOutcome.Spooled, IngestOutcome.Spooled], await cluster.EngineOf(1).AppendAsync(site, [Make("ada"), Make("bob")], default));
        spooled.Store(0).Return();
        spooled.Store(1).Return();
        await Wait.UntilAsync(async () => (await ReadAsync(cluster, 0, site, "ada")).Count == 2, "the other silo's spool in a lookup", TimeSpan.FromSeconds(30));

        await cluster.ServiceOf<UserEraser>(0).EraseSurelyAsync(site, "ada");
        for (var silo = 0; silo < 2; silo++) Assert.Empty(await ReadAsync(cluster, silo, site, "ada"));
        Assert.Single(await ReadAsync(cluster, 0, site, "bob"));
        await spooled.DrainAsync(0, 1);
        Assert.Equal(1, cluster.ServiceOf<ErasureMetrics>(1).RefusedEvents);
        for (var silo = 0; silo < 2; silo++) Assert.Empty(await ReadAsync(cluster, silo, site, "ada"));
        Assert.Single(await ReadAsync(cluster, 0, site, "bob"));
        await Recount.AssertExactAsync(postgres.Database, site);
    }

    private static EncodedEvent Make(string user) =>
        TestEvents.Make(user, "view", at: TimeProvider.System.NowMicroseconds(), received: TimeProvider.System.NowMicroseconds());

    private static async Task<IReadOnlyList<EncodedEvent>> ReadAsync(TestCluster cluster, int silo, Site site, string user) =>
        (await cluster.EngineOf(silo).ReadJourneyAsync(site, new JourneyQuery(user), default)).Events;

    private static async Task AppendAsync(TestCluster cluster, int silo, Site site, EncodedEvent[] events) =>
        Assert.All(await cluster.EngineOf(silo).AppendAsync(site, events, default), outcome => Assert.Equal(IngestOutcome.Stored, outcome));

    // What a silo's viewers are shown: never again a state that gave way to another one.
    private sealed class ViewerModel
    {
        private readonly HashSet<long> _past = [];

        public LiveView? View { get; private set; }

        public void Take(LiveView view)
        {
            lock (_past)
            {
                if (_past.Contains(view.Epoch) || View is { } known && known.Epoch == view.Epoch && known.Sequence >= view.Sequence) return;
                if (View is not null && View.Epoch != view.Epoch) _past.Add(View.Epoch);
                View = view;
            }
        }
    }
}
