using GrainAnalytics.Core.Jobs;
using GrainAnalytics.Core.Queries;
using GrainAnalytics.Core.Rollups;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.PostgreSql.Queries;
using GrainAnalytics.PostgreSql.Tests.Jobs;
using GrainAnalytics.Testing;
using Xunit;
using static GrainAnalytics.Testing.TestEvents;

namespace GrainAnalytics.PostgreSql.Tests.Statistics;

/// <summary>Months that a server keeps are those of the database, whoever changed them.</summary>
public sealed class MonthCacheTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private static readonly DateOnly First = new(2026, 1, 10), Last = new(2026, 4, 20);

    [Theory]
    [InlineData("late event")]
    [InlineData("erasure")]
    [InlineData("recount")]
    [InlineData("time zone")]
    [InlineData("rebuild")]
    public async Task What_another_server_changes_in_a_month_is_seen(string change)
    {
        await using var engine = postgres.StartSingleNode();
        await using var here = new Maintenance(postgres);
        await using var there = new Maintenance(postgres);
        var site = await postgres.AddSiteAsync("Europe/Berlin");
        await engine.AppendAsync(site, [View("ada", "2026-01-31T22:30:00Z"), View("bob", "2026-02-10T12:00:00Z"), View("eve", "2026-03-10T12:00:00Z")], default);
        Assert.Equal(3, await ViewsAsync(here, site));
        Assert.Equal(3, await ViewsAsync(here, site));
        var expected = 3L;
        switch (change)
        {
            case "late event":
                await engine.AppendAsync(site, [View("late", "2026-02-11T12:00:00Z")], default);
                await there.Keeper.FoldAsync(site.Id);
                expected = 4;
                break;
            case "erasure":
                await postgres.Eraser(engine).EraseSurelyAsync(site, "bob");
                expected = 2;
                break;
            case "recount":
                // Nobody does this; a recount finds it.
                await postgres.ExecuteAsync($"update value_months set counts = '\\x0a0909000000' where site_id = {site.Id} and dimension = {(int)Dimension.Page} and month = '2026-02-01'");
                Assert.Equal(11, await ViewsAsync(here, site));
                await there.RecountAsync(site, new DateOnly(2026, 2, 10));
                break;
            // In Kolkata it is February already.
            case "time zone": site = await there.RezoneAsync(site, "Asia/Kolkata"); break;
            default: await there.Rebuild.RunAsync(new JobRun(new TakenJob(1, Guid.NewGuid(), JobKinds.Rebuild, site.Id, "{}", null, 1)), default); break;
        }
        Assert.Equal(expected, await ViewsAsync(here, site));
        Assert.Equal(change == "time zone" ? 3 : expected - 1, await ViewsAsync(here, site, new DateOnly(2026, 2, 1)));
    }

    [Fact]
    public void What_was_not_used_for_the_longest_time_goes_when_there_is_too_much()
    {
        var cache = new MonthCache();
        var version = Guid.NewGuid();
        CachedMonth Month(int megabytes) => new(version, [("/", new byte[megabytes << 20], [1])]);
        for (var month = 1; month <= 4; month++) cache.Keep(1, Dimension.Page, new DateOnly(2026, month, 1), Month(15));
        Assert.NotNull(cache.Find(1, Dimension.Page, new DateOnly(2026, 1, 1)));
        cache.Keep(1, Dimension.Page, new DateOnly(2026, 5, 1), Month(15));
        Assert.Null(cache.Find(1, Dimension.Page, new DateOnly(2026, 2, 1)));
        Assert.NotNull(cache.Find(1, Dimension.Page, new DateOnly(2026, 1, 1)));
        Assert.Null(cache.Find(1, Dimension.Country, new DateOnly(2026, 1, 1)));
        Assert.Null(cache.Find(2, Dimension.Page, new DateOnly(2026, 1, 1)));
        // One that is too large for all is not kept, and takes nobody's place.
        cache.Keep(1, Dimension.Page, new DateOnly(2026, 6, 1), Month(17));
        Assert.Null(cache.Find(1, Dimension.Page, new DateOnly(2026, 6, 1)));
        Assert.NotNull(cache.Find(1, Dimension.Page, new DateOnly(2026, 5, 1)));
    }

    private static async Task<long> ViewsAsync(Maintenance jobs, Site site, DateOnly? from = null) => (await jobs.Queries.PagesAsync(new StatsRange(site, from ?? First, Last), 10, default)).Sum(page => page.Views);

    private static Core.Events.EncodedEvent View(string user, string at) => Make(user, at: At(at), facts: Facts(false, 0, "/"));
}
