using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Text;
using Xunit;
using static GrainAnalytics.Testing.TestEvents;

namespace GrainAnalytics.Testing;

public abstract partial class EngineContract
{
    [Fact]
    public async Task Erased_user_is_in_no_lookup_and_what_is_sent_again_is_a_duplicate()
    {
        await using var running = await StartAsync();
        var eraser = Postgres.Eraser(running.Engine);
        var site = await Postgres.AddSiteAsync();
        EncodedEvent[] ada = [.. Enumerable.Range(0, 40).Select(i => Make("ada", at: Noon + i * 60 * Instant.Second, session: i < 20 ? "own" : "shared"))];
        EncodedEvent[] bob = [.. Enumerable.Range(0, 7).Select(i => Make("bob", at: Noon + i * 60 * Instant.Second, session: "shared"))];
        await StoreAsync(running, site, [.. ada, .. bob]);
        var day = site.Clock.DayOf(Noon);
        // So that it is in memory.
        for (var i = 0; i < 4; i++) await AssertJourneyAsync(running, site, "ada", ada);
        Assert.Equal((2, 47L), await TotalsAsync());
        Assert.Equal(27, (await running.Engine.ReadSessionAsync(site, "shared", default))!.EventCount);

        var receipt = await eraser.EraseSurelyAsync(site, "ada");
        Assert.Equal((40L, 1L, 1L), (receipt.Events, receipt.Sessions, receipt.ActiveDays));
        for (var i = 0; i < 4; i++) await AssertJourneyAsync(running, site, "ada", []);
        await AssertJourneyAsync(running, site, "bob", bob);
        Assert.Equal((1, 7L), await TotalsAsync());
        Assert.Null(await running.Engine.ReadSessionAsync(site, "own", default));
        var shared = (await running.Engine.ReadSessionAsync(site, "shared", default))!;
        Assert.Equal(("bob", 7L, 7), (shared.UserId, shared.EventCount, shared.Events.Count));

        Assert.All(await AppendAsync(running, site, ada), outcome => Assert.Equal(IngestOutcome.Duplicate, outcome));
        await AssertJourneyAsync(running, site, "ada", []);
        // Back on the same day: what was known of the user before must not keep this from being counted.
        var back = Make("ada", at: Noon + Instant.Hour, session: "own");
        await StoreAsync(running, site, back);
        await AssertJourneyAsync(running, site, "ada", [back]);
        Assert.Equal((2, 8L), await TotalsAsync());
        await Recount.AssertExactAsync(Postgres.Database, site);
        Assert.Equal(1, (await eraser.EraseSurelyAsync(site, "ada")).Events);
        Assert.Equal(0, (await eraser.EraseSurelyAsync(site, "ada")).Events);

        async Task<(long, long)> TotalsAsync()
        {
            var totals = await running.Engine.ReadDayAsync(site, day, default);
            return (totals.ActiveUsers, totals.Events.Values.Sum());
        }
    }

    [Fact]
    public async Task While_users_who_send_are_erased_again_and_again_everything_stays_exact()
    {
        await using var running = await StartAsync();
        var eraser = Postgres.Eraser(running.Engine);
        var site = await Postgres.AddSiteAsync("Asia/Kolkata");
        using var stop = new CancellationTokenSource();
        var isAnySpooled = false;       // where there is a spool: what waits there of erased users is refused
        var senders = Enumerable.Range(0, 4).Select(sender => Task.Run(async () =>
        {
            var sent = 0;
            for (; !stop.IsCancellationRequested; sent++)
            {
                EncodedEvent[] batch = [.. Enumerable.Range(0, 5).Select(n => Make($"u{(sender + n) % 3}", at: Noon + (sent % 5) * Instant.Day, session: $"s{n % 2}"))];
                var outcomes = await AppendAsync(running, site, batch);
                if (outcomes.Contains(IngestOutcome.Spooled)) isAnySpooled = true;
                Assert.All(outcomes, outcome => Assert.True(outcome is IngestOutcome.Stored or IngestOutcome.Spooled, outcome.ToString()));
            }
            return sent;
        })).ToArray();
        var erased = 0L;
        for (var i = 0; i < 15 || erased == 0; i++) erased += (await eraser.EraseSurelyAsync(site, $"u{i % 2}")).Events;
        await stop.CancelAsync();
        var sent = (await Task.WhenAll(senders)).Sum() * 5L;
        await Wait.UntilAsync(() => running.Engine.Buffer.Waiting == 0 && running.Engine.Spool?.Events is null or 0, "an empty buffer and spool");
        Assert.InRange(await Recount.RowsAsync(Postgres.Database, site), isAnySpooled ? 0 : sent - erased, sent - erased);
        await Recount.AssertExactAsync(Postgres.Database, site);
        foreach (var user in new[] { "u0", "u1", "u2" })
        {
            var journey = await ReadAsync(running, site, new Core.Journeys.JourneyQuery(user, Limit: 1000));
            var rows = await Postgres.ScalarAsync<long>("select count(*) from events where site_id = $1 and user_id = $2", site.Id, user);
            Assert.Equal(Math.Min(1000, rows), journey.Events.Count);
        }
        foreach (var n in Enumerable.Range(0, 5))
        {
            var totals = await running.Engine.ReadDayAsync(site, site.Clock.DayOf(Noon + n * Instant.Day), default);
            Assert.Equal(await Postgres.ScalarAsync<long>("select count(distinct user_id) from events where site_id = $1 and occurred_at = to_timestamp($2)",
                site.Id, (Noon + n * Instant.Day) / 1e6), totals.ActiveUsers);
        }
    }
}
