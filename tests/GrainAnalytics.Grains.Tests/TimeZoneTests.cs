using System.Collections.Concurrent;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Jobs;
using GrainAnalytics.Core.Live;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.PostgreSql;
using GrainAnalytics.PostgreSql.Rollups;
using GrainAnalytics.PostgreSql.Zones;
using GrainAnalytics.Testing;
using Xunit;

namespace GrainAnalytics.Grains.Tests;

/// <summary>A site's time zone is changed by one silo's job; counters of days and live views are those of the new zone on all of them.</summary>
public sealed class TimeZoneTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Counters_and_viewers_on_every_silo_follow_the_change()
    {
        await using var cluster = await TestCluster.StartAsync(postgres, silos: 3);
        var known = await postgres.AddSiteAsync();
        var now = TimeProvider.System.NowMicroseconds();
        // An event an hour for two days, so that the days of both zones have other numbers.
        EncodedEvent[] events = [.. Enumerable.Range(0, 48).Select(i => TestEvents.Make($"u{i % 30}", at: now - i * Instant.Hour, received: now + i))];
        for (var i = 0; i < 3; i++) await cluster.EngineOf(i).AppendAsync(known, events[(16 * i)..(16 * i + 16)], default);
        var seen = new ConcurrentDictionary<int, LiveView>();
        for (var silo = 0; silo < 3; silo++)
        {
            var mine = silo;
            Assert.NotNull(await SiteAsync(cluster, silo, known));
            await AssertDaysAsync(cluster, silo, known, events);        // grains of the old zone's days are there
            await cluster.ServiceOf<ILiveUpstream>(silo).BeginAsync(known, view => seen[mine] = view, default);
        }
        foreach (var zone in (string[])["Asia/Kathmandu", "Pacific/Kiritimati", "UTC"])
        {
            await ChangeAsync(cluster, known, zone);
            for (var silo = 0; silo < 3; silo++)
            {
                var site = await SiteAsync(cluster, silo, known);
                Assert.Equal(zone, site!.Clock.Zones);
                await AssertDaysAsync(cluster, silo, site, events);
            }
            var clock = new SiteClock(zone);
            var today = events.Where(e => clock.DayOf(e.OccurredAt) == clock.DayOf(now)).ToArray();
            await Wait.UntilAsync(() => seen.Count == 3 && seen.Values.All(view => view.TimeZone == zone && view.Day == clock.DayOf(now)
                && view.Types.Sum(type => type.Count) == today.Length && view.ActiveUsers == today.Select(e => e.UserIdText).Distinct().Count()), $"today in {zone} on all silos", TimeSpan.FromSeconds(60));
            // Everybody writes on, also who holds the site as it was first.
            EncodedEvent[] more = [.. Enumerable.Range(0, 3).Select(i => TestEvents.Make($"{zone}-{i}", at: now - i * 9 * Instant.Hour, received: now + i))];
            for (var i = 0; i < 3; i++) await cluster.EngineOf(i).AppendAsync(known, [more[i]], default);
            events = [.. events, .. more];
            await Recount.AssertExactAsync(postgres.Database, known with { Clock = clock });
            for (var silo = 0; silo < 3; silo++) await AssertDaysAsync(cluster, silo, known with { Clock = clock }, events);
        }
    }

    private async Task ChangeAsync(TestCluster cluster, Site site, string zone)
    {
        await using var database = new MaintenanceDatabase(Database.OpenForMaintenance(postgres.ConnectionString));
        var options = new JobOptions();
        var store = new PostgreSql.Jobs.PostgresJobs(postgres.Database, options);
        var id = (await store.AddAsync([TimeZoneChange.Job(site.Id, zone)], default))[0];
        var job = (await store.TakeAsync([JobKinds.TimeZone], "test", default))!;
        Assert.Equal(id, job.Id);
        var handler = new TimeZoneJob(new SiteRezoner(database, new SiteFolder(postgres.Database)), options, () => cluster.ServiceOf<ISiteRegistry>(0));
        Assert.True(await store.CompleteAsync(job, await handler.RunAsync(new JobRun(job), default), default));
    }

    private static async Task<Site?> SiteAsync(TestCluster cluster, int silo, Site site) => await cluster.ServiceOf<ISiteDirectory>(silo).FindAsync(site.Id, default);

    private static async Task AssertDaysAsync(TestCluster cluster, int silo, Site site, EncodedEvent[] events)
    {
        foreach (var day in events.GroupBy(e => site.Clock.DayOf(e.OccurredAt)))
        {
            var totals = await cluster.EngineOf(silo).ReadDayAsync(site, day.Key, default);
            Assert.Equal((day.Key, day.LongCount(), day.Select(e => e.UserIdText).Distinct().Count()), (totals.Day, totals.Events.Values.Sum(), totals.ActiveUsers));
        }
    }
}
