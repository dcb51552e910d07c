using GrainAnalytics.Core.Quotas;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Grains.Contracts;
using GrainAnalytics.Testing;
using Xunit;

namespace GrainAnalytics.Grains.Tests;

/// <summary>Quotas, keys and settings over silos: the site's grain keeps the count, and what is changed on one silo is in force on all.</summary>
public sealed class SiteGrainTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task All_silos_together_take_the_days_quota_and_not_one_event_more()
    {
        await using var cluster = await TestCluster.StartAsync(postgres, silos: 3);
        var site = await QuotaAsync(cluster, new SiteQuota(10_000, null));
        var taken = await TakeAllAsync(cluster, site, tries: 300);
        Assert.InRange(taken, 10_000 - 3 * 50, 10_000);      // a piece may lie at each front
        Assert.Equal(10_000, await UsageAsync(site));
        // What two fronts did not use, the third one may.
        for (var silo = 0; silo < 3; silo++) await cluster.ServiceOf<QuotaGate>(silo).CloseAsync(default);
        await Wait.UntilAsync(async () =>
        {
            if (await cluster.ServiceOf<QuotaGate>(0).TakeAsync(site, 1, default) is null) taken++;
            return taken == 10_000;
        }, "the rest of the quota");
        Assert.NotNull(await cluster.ServiceOf<QuotaGate>(1).TakeAsync(site, 1, default));
    }

    [Fact]
    public async Task A_rate_is_one_for_all_silos()
    {
        await using var cluster = await TestCluster.StartAsync(postgres, silos: 2);
        var site = await QuotaAsync(cluster, new SiteQuota(null, 1));
        // One a second and one in store: what is refused at one silo is not to be had at the other.
        var gates = new[] { cluster.ServiceOf<QuotaGate>(0), cluster.ServiceOf<QuotaGate>(1) };
        Assert.Null(await gates[0].TakeAsync(site, 1000, default));
        foreach (var gate in gates)
        {
            var refusal = await gate.TakeAsync(site, 1, default);
            Assert.Equal("second", refusal!.Policy);
            Assert.InRange(refusal.Reset.TotalSeconds, 900, 1000);
        }
    }

    [Fact]
    public async Task When_the_silo_of_the_grain_is_killed_no_event_is_lost_and_the_count_is_hardly_off()
    {
        await using var cluster = await TestCluster.StartAsync(postgres, silos: 3);
        var site = await QuotaAsync(cluster, new SiteQuota(20_000, null));       // pieces of 100
        var taken = await TakeAllAsync(cluster, site, tries: 30);
        Assert.InRange(taken, 1, 19_000);
        var home = await HomeAsync(cluster, site);
        var others = new[] { 0, 1, 2 }.Except([home]).ToArray();
        var survivors = others.Select(silo => cluster.ServiceOf<QuotaGate>(silo)).ToArray();
        await cluster.KillSiloAsync(home);
        // Meanwhile events pass on credit: none is refused.
        for (var i = 0; i < 400; i++)
        {
            Assert.Null(await survivors[i % 2].TakeAsync(site, 1, default));
            taken++;
        }
        await Wait.UntilAsync(async () =>
        {
            await Task.WhenAll(survivors.Select(gate => gate.CloseAsync(default)));
            var used = await UsageAsync(site);
            // The dead front's lease, and the piece that its grain had set apart; and a piece of the new grain's.
            return used >= taken - 100 && used <= taken + 300;
        }, "the credit in the count", TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task A_silo_that_stops_gives_back_what_its_grain_had_set_apart()
    {
        await using var cluster = await TestCluster.StartAsync(postgres, silos: 2);
        var site = await QuotaAsync(cluster, new SiteQuota(200_000, null));      // pieces of 1,000
        for (var silo = 0; silo < 2; silo++) Assert.Null(await cluster.ServiceOf<QuotaGate>(silo).TakeAsync(site, 7, default));
        Assert.Equal(2000, await UsageAsync(site));
        for (var silo = 0; silo < 2; silo++) await cluster.ServiceOf<QuotaGate>(silo).CloseAsync(default);
        await cluster.StopSiloAsync(await HomeAsync(cluster, site));
        Assert.Equal(14, await UsageAsync(site));
    }

    [Fact]
    public async Task A_key_works_on_all_silos_when_it_is_added_and_on_none_when_it_is_removed()
    {
        await using var cluster = await TestCluster.StartAsync(postgres, silos: 3);
        var site = await postgres.AddSiteAsync();
        var (text, key) = ($"key of {site.Id}", new SiteKey(SiteKeys.Hash($"key of {site.Id}"), KeyKind.Api));
        foreach (var silo in Silos) Assert.Null(await cluster.ServiceOf<ISiteDirectory>(silo).FindAsync(text, default));     // remembered as unknown
        Assert.True(await Registry(cluster, 0).AddKeyAsync(site.Id, key, default));
        Assert.True(await Registry(cluster, 1).AddKeyAsync(site.Id, key, default));     // harmless to repeat
        foreach (var silo in Silos) Assert.Equal((site.Id, KeyKind.Api), await AccessAsync(cluster, silo, text));
        var grain = cluster.ServiceOf<Orleans.IGrainFactory>(2).GetGrain<ISiteGrain>(site.Id);
        Assert.True((await grain.FindKeyAsync(key.Hash)).Key!.MayRead);
        Assert.Null((await grain.FindKeyAsync(SiteKeys.Hash("another"))).Key);
        Assert.False(await Registry(cluster, 0).AddKeyAsync((await postgres.AddSiteAsync()).Id, key, default));      // another site's
        Assert.Null(await Registry(cluster, 0).AddKeyAsync(-1, key, default));
        Assert.Single((await Registry(cluster, 0).ReadAsync(site.Id, default))!.Keys);

        Assert.True(await Registry(cluster, 2).RemoveKeyAsync(site.Id, key.Hash, default));
        foreach (var silo in Silos) Assert.Null(await cluster.ServiceOf<ISiteDirectory>(silo).FindAsync(text, default));
        Assert.Null((await grain.FindKeyAsync(key.Hash)).Key);
        Assert.False(await Registry(cluster, 1).RemoveKeyAsync(site.Id, key.Hash, default));
    }

    [Fact]
    public async Task A_quota_is_in_force_on_all_silos_when_it_is_set()
    {
        await using var cluster = await TestCluster.StartAsync(postgres, silos: 3);
        var site = await postgres.AddSiteAsync("Europe/Berlin");
        foreach (var silo in Silos) Assert.Equal(SiteQuota.Unlimited, (await cluster.ServiceOf<ISiteDirectory>(silo).FindAsync(site.Id, default))!.Quota);
        var set = await Registry(cluster, 1).SetQuotaAsync(site.Id, new SiteQuota(500, 50), default);
        Assert.Equal((new SiteQuota(500, 50), 0, "Europe/Berlin"), (set!.Site.Quota, set.UsedToday, set.Site.Clock.TimeZoneId));
        foreach (var silo in Silos) Assert.Equal(new SiteQuota(500, 50), (await cluster.ServiceOf<ISiteDirectory>(silo).FindAsync(site.Id, default))!.Quota);
        Assert.Null(await Registry(cluster, 0).SetQuotaAsync(-1, SiteQuota.Unlimited, default));
    }

    private static readonly int[] Silos = [0, 1, 2];

    private static ISiteRegistry Registry(TestCluster cluster, int silo) => cluster.ServiceOf<ISiteRegistry>(silo);

    private static async Task<(int, KeyKind)> AccessAsync(TestCluster cluster, int silo, string key) =>
        await cluster.ServiceOf<ISiteDirectory>(silo).FindAsync(key, default) is { } access ? (access.Site.Id, access.Kind) : default;

    private async Task<Site> QuotaAsync(TestCluster cluster, SiteQuota quota) =>
        (await Registry(cluster, 0).SetQuotaAsync((await postgres.AddSiteAsync()).Id, quota, default))!.Site;

    private Task<long> UsageAsync(Site site) => postgres.ScalarAsync<long>("select events from site_usage where site_id = $1", site.Id);

    // Which silo has the site's grain.
    private static async Task<int> HomeAsync(TestCluster cluster, Site site)
    {
        var grain = cluster.ServiceOf<Orleans.IGrainFactory>(0).GetGrain<ISiteGrain>(site.Id);
        var management = cluster.ServiceOf<Orleans.IGrainFactory>(0).GetGrain<Orleans.Runtime.IManagementGrain>(0);
        var address = await management.GetActivationAddress(grain);
        return cluster.Silos.ToList().FindIndex(silo => silo.SiloAddress.Equals(address));
    }

    private static async Task<long> TakeAllAsync(TestCluster cluster, Site site, int tries)
    {
        var taken = 0L;
        await Task.WhenAll(Enumerable.Range(0, 12).Select(worker => Task.Run(async () =>
        {
            var (gate, random) = (cluster.ServiceOf<QuotaGate>(worker % 3), new Random(worker));
            for (var i = 0; i < tries; i++)
            {
                var size = random.Next(1, 20);
                if (await gate.TakeAsync(site, size, default) is null) Interlocked.Add(ref taken, size);
            }
        })));
        return taken;
    }
}
