using GrainAnalytics.Core.Quotas;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace GrainAnalytics.Core.Tests.Quotas;

/// <summary>The ledger of a site's quota, with the host that reads and writes for it.</summary>
public sealed class QuotaBookTests
{
    private static readonly DateOnly Today = new(2026, 3, 15);

    private readonly FakeClock _clock = new();      // noon, 15 March 2026, UTC
    private readonly FakeUsage _usage = new();
    private readonly QuotaBook _book;

    public QuotaBookTests() => _book = NewBook();

    private QuotaBook NewBook() => new(_usage, _clock, NullLogger.Instance);

    private static Site SiteOf(long? perDay = null, int? perSecond = null, string zone = "UTC") =>
        new(1, "test", null, new SiteClock(zone)) { Quota = new SiteQuota(perDay, perSecond) };

    private Task<QuotaGrant> AskAsync(Site site, long needed, long wanted = 0, long unspent = 0, DateOnly? unspentOf = null, long owed = 0, QuotaBook? book = null) =>
        (book ?? _book).LeaseAsync(site, new QuotaAsk(needed, Math.Max(needed, wanted), unspent, (unspentOf ?? Today).DayNumber, owed), default);

    [Fact]
    public async Task A_day_grants_its_quota_and_not_one_event_more()
    {
        var site = SiteOf(perDay: 1000);
        long granted = 0;
        while (await AskAsync(site, 1) is { Refusal: null } grant) granted += grant.Events;
        Assert.Equal((1000, 1000), (granted, _usage[Today]));
        var refusal = (await AskAsync(site, 1)).Refusal!;
        Assert.Equal(("day", "events", 1000L, TimeSpan.FromDays(1), 0L, TimeSpan.FromHours(12)),
            (refusal.Policy, refusal.Unit, refusal.Quota, refusal.Window, refusal.Left, refusal.Reset));
        _clock.Advance(TimeSpan.FromHours(12));
        Assert.Null((await AskAsync(site, 1)).Refusal);
    }

    [Fact]
    public async Task A_request_passes_whole_or_not_at_all_and_is_told_what_is_left()
    {
        var site = SiteOf(perDay: 100);
        Assert.Equal(60, (await AskAsync(site, 60)).Events);
        var refused = await AskAsync(site, 50);
        Assert.Equal((0, 40), (refused.Events, refused.Refusal!.Left));
        Assert.Equal(40, (await AskAsync(site, 40)).Events);
    }

    [Fact]
    public async Task Leases_are_a_small_piece_of_the_day_and_few_statements()
    {
        var site = SiteOf(perDay: 200_000);
        var grant = await AskAsync(site, 1);
        Assert.Equal((1000, TimeSpan.FromSeconds(60)), (grant.Events, grant.For));
        for (var i = 1; i < 200; i++) await AskAsync(site, 1000);
        Assert.Equal(200, _usage.Writes);
        Assert.NotNull((await AskAsync(site, 1)).Refusal);
    }

    [Fact]
    public async Task Days_are_the_sites_own()
    {
        var site = SiteOf(perDay: 10, zone: "Pacific/Auckland");       // there it is 1 o'clock on the 16th
        await AskAsync(site, 10);
        Assert.Equal((0, 10), (_usage[Today], _usage[Today.AddDays(1)]));
        Assert.Equal(TimeSpan.FromHours(23), (await AskAsync(site, 1)).Refusal!.Reset);
    }

    [Fact]
    public async Task A_restart_forgets_nothing_and_a_kill_loses_at_most_a_piece()
    {
        var site = SiteOf(perDay: 20_000);      // pieces of 100
        for (var i = 0; i < 30; i++) Assert.Equal(100, (await AskAsync(site, 7, unspent: i == 0 ? 0 : 93)).Events);
        var killed = NewBook();
        var used = await killed.ReadUsedAsync(site, default);
        Assert.InRange(used!.Value, 30 * 7 + 93, 30 * 7 + 93 + 100);
        await _book.CloseAsync(site, default);
        // 93 of the last lease are at its front.
        Assert.Equal(30 * 7 + 93, _usage[Today]);
        Assert.Equal(30 * 7 + 93, await NewBook().ReadUsedAsync(site, default));
    }

    [Fact]
    public async Task What_comes_back_may_be_granted_again_but_not_on_another_day()
    {
        var site = SiteOf(perDay: 100);
        await AskAsync(site, 100);
        Assert.NotNull((await AskAsync(site, 30)).Refusal);
        Assert.Equal(30, (await AskAsync(site, 30, unspent: 30)).Events);
        _clock.Advance(TimeSpan.FromHours(13));
        await AskAsync(site, 100, unspent: 50, unspentOf: Today);
        Assert.Equal(0, (await AskAsync(site, 1)).Refusal!.Left);
    }

    [Fact]
    public async Task What_was_taken_without_leave_counts()
    {
        var site = SiteOf(perDay: 100);
        await AskAsync(site, 0, owed: 90);
        Assert.Equal(90, await _book.ReadUsedAsync(site, default));
        Assert.Equal(10, (await AskAsync(site, 11)).Refusal!.Left);
        await AskAsync(site, 0, owed: 50);      // more than there was
        Assert.Equal(0, (await AskAsync(site, 1)).Refusal!.Left);
        Assert.Equal(140, _usage[Today]);
    }

    [Fact]
    public async Task Two_books_of_a_site_share_the_day()
    {
        var (site, other) = (SiteOf(perDay: 1000), NewBook());
        long granted = 0;
        for (var refusals = 0; refusals < 2;)
        {
            refusals = 0;
            foreach (var book in new[] { _book, other })
            {
                var grant = await AskAsync(site, 1, book: book);
                granted += grant.Events;
                if (grant.Refusal is not null) refusals++;
            }
        }
        Assert.Equal(1000, granted);
    }

    [Fact]
    public async Task A_rate_is_kept_on_average_and_a_large_request_pays_it_off()
    {
        var site = SiteOf(perSecond: 100);
        long granted = 0;
        for (var i = 0; i < 10_000; i++)
        {
            granted += (await AskAsync(site, 1)).Events;
            _clock.Advance(TimeSpan.FromMilliseconds(1));
        }
        Assert.InRange(granted, 1000, 1100);        // ten seconds, and the first second's store
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(500, (await AskAsync(site, 500)).Events);
        var refusal = (await AskAsync(site, 1)).Refusal!;
        Assert.Equal(("second", 100L, TimeSpan.FromSeconds(1)), (refusal.Policy, refusal.Quota, refusal.Window));
        Assert.Equal(4.01, refusal.Reset.TotalSeconds, 3);
        _clock.Advance(refusal.Reset);
        Assert.Equal(500, (await AskAsync(site, 500)).Events);
        Assert.Equal(0, _usage.Writes);
    }

    [Fact]
    public async Task A_lease_of_a_rate_is_short_so_that_no_front_saves_up()
    {
        var grant = await AskAsync(SiteOf(perDay: 1_000_000, perSecond: 100), 1);
        Assert.Equal((10, TimeSpan.FromSeconds(1)), (grant.Events, grant.For));
    }

    [Fact]
    public async Task No_lease_reaches_beyond_midnight()
    {
        _clock.Advance(TimeSpan.FromHours(12) - TimeSpan.FromSeconds(3));
        Assert.Equal(TimeSpan.FromSeconds(3), (await AskAsync(SiteOf(perDay: 1000), 1)).For);
    }

    [Fact]
    public async Task A_new_quota_counts_what_was_used_under_the_old_one()
    {
        await AskAsync(SiteOf(perDay: 1000), 500);
        Assert.NotNull((await AskAsync(SiteOf(perDay: 400), 1)).Refusal);
        Assert.Equal(100, (await AskAsync(SiteOf(perDay: 600), 100)).Events);
        // A front that has not heard yet asks for a site that has no quota any more.
        Assert.Equal(1_000_000, (await AskAsync(SiteOf(), 1_000_000)).Events);
        Assert.Equal(0, (await AskAsync(SiteOf(perDay: 600), 1, unspent: 999_999, unspentOf: DateOnly.FromDayNumber(0))).Refusal!.Left);
    }

    [Fact]
    public async Task While_the_store_is_away_events_pass_on_credit_and_are_counted_afterwards()
    {
        var site = SiteOf(perDay: 1000);
        _usage[Today] = 900;
        _usage.IsAway = true;
        // Not even known how many were used: better too many than to lose some.
        Assert.Equal(300, (await AskAsync(site, 300)).Events);
        _usage.IsAway = false;
        Assert.Equal(5, (await AskAsync(site, 5)).Events);      // it is not asked again in the same second
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(0, (await AskAsync(site, 1)).Refusal!.Left);
        await AskAsync(site, 0);
        Assert.Equal(900 + 305, _usage[Today]);
    }
}
