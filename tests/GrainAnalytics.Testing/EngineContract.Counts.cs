using GrainAnalytics.Core.Enrichment;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using Xunit;
using static GrainAnalytics.Testing.TestEvents;

namespace GrainAnalytics.Testing;

public abstract partial class EngineContract
{
    [Fact]
    public async Task A_session_shows_its_events_newest_first()
    {
        await using var running = await StartAsync();
        var site = await Postgres.AddSiteAsync();
        Assert.Null(await running.Engine.ReadSessionAsync(site, "s", default));
        var sent = new List<EncodedEvent>();
        // Out of order and back-dated, over midnight of a month's end, looked at after each.
        foreach (var minute in new[] { 0, 30, -30, 90, 10, -90, 90 })
        {
            sent.Add(Make(at: At("2026-02-01T00:00:00Z") + minute * 60 * Instant.Second, session: "s", payload: $$"""{"n":{{sent.Count}}}"""));
            await StoreAsync(running, site, sent[^1], Make(session: "another"));
            await AssertSessionAsync(running, site, "s", sent);
        }
        await using var other = await StartAsync();
        await AssertSessionAsync(other, site, "s", sent);
    }

    [Fact]
    public async Task A_session_of_several_users_shows_all_their_events_and_the_newest_ones_user()
    {
        await using var running = await StartAsync();
        var site = await Postgres.AddSiteAsync();
        var sent = new List<EncodedEvent>();
        string[] users = ["carl", "ada", "bob", "ada", "dora"];
        for (var i = 0; i < 12; i++)
        {
            EncodedEvent[] batch = [.. Enumerable.Range(0, i % 3 + 1).Select(n => Make(users[(i + n) % 5], at: Noon + (i % 4) * Instant.Hour + sent.Count + n, session: "s"))];
            await StoreAsync(running, site, batch);
            sent.AddRange(batch);
            await AssertSessionAsync(running, site, "s", sent);
            await using var other = i % 4 == 3 ? await StartAsync() : null;
            if (other is not null) await AssertSessionAsync(other, site, "s", sent);
        }
        await Recount.AssertExactAsync(Postgres.Database, site);
    }

    [Fact]
    public async Task A_session_of_more_than_a_thousand_events_counts_all_and_lists_the_newest()
    {
        await using var running = await StartAsync();
        var site = await Postgres.AddSiteAsync();
        var sent = Enumerable.Range(0, 998).Select(i => Make(at: Noon + i * Instant.Second, session: "s")).ToList();
        await StoreAsync(running, site, [.. sent]);
        await AssertSessionAsync(running, site, "s", sent);
        for (var i = 0; i < 5; i++)
        {
            sent.Add(Make(at: Noon + (i % 2 == 0 ? 2000 : -2000) * Instant.Second + i, session: "s"));
            await StoreAsync(running, site, sent[^1]);
            await AssertSessionAsync(running, site, "s", sent);
        }
    }

    [Fact]
    public async Task The_day_totals_equal_the_rows()
    {
        await using var running = await StartAsync();
        var site = await Postgres.AddSiteAsync();
        var random = new Random(3);
        DateOnly[] days = [.. Enumerable.Range(0, 3).Select(day => site.Clock.DayOf(Noon).AddDays(day))];
        await AssertDaysAsync(running, site, days);     // they are watched from before the first event
        for (var i = 0; i < 20; i++)
        {
            await StoreAsync(running, site, [.. Enumerable.Range(0, random.Next(1, 30)).Select(_ => Make($"user-{random.Next(12)}",
                $"type-{random.Next(4)}", at: Noon + random.NextInt64(2 * Instant.Day)))]);
            if (i % 3 == 0) await AssertDaysAsync(running, site, days);
        }
        await AssertDaysAsync(running, site, days);
        await using var other = await StartAsync();
        await AssertDaysAsync(other, site, days);
        await Recount.AssertExactAsync(Postgres.Database, site);
    }

    // Local days: half-hour zones, days of 23 and 25 hours, a clock that changes by half an hour, a skipped midnight.
    [Theory]
    [InlineData("Asia/Kolkata", "2026-03-14T18:00:00Z")]
    [InlineData("America/New_York", "2026-03-08T04:00:00Z")]
    [InlineData("America/New_York", "2026-11-01T03:00:00Z")]
    [InlineData("Australia/Lord_Howe", "2026-04-04T12:00:00Z")]
    [InlineData("Australia/Lord_Howe", "2026-10-03T12:00:00Z")]
    [InlineData("Asia/Kathmandu", "1985-12-31T17:00:00Z")]
    [InlineData("Asia/Beirut", "2024-03-30T20:00:00Z")]
    [InlineData("America/Havana", "2025-11-02T02:00:00Z")]
    [InlineData("Pacific/Apia", "2011-12-30T08:00:00Z")]
    [InlineData("UTC", "2025-12-31T20:00:00Z")]
    public async Task Days_and_hours_are_those_of_the_sites_zone(string zone, string start)
    {
        await using var running = await StartAsync();
        var site = await Postgres.AddSiteAsync(zone);
        var sent = Enumerable.Range(0, 40 * 4).Select(i => Make($"user-{i % 5}", i % 2 == 0 ? "view" : "click", at: At(start) + i * Instant.Hour / 4)).ToArray();
        await StoreAsync(running, site, sent[..80]);
        var days = sent.Select(e => site.Clock.DayOf(e.OccurredAt)).Distinct().ToArray();
        await AssertDaysAsync(running, site, days);
        await StoreAsync(running, site, sent[80..]);
        await AssertDaysAsync(running, site, days);
        await using var other = await StartAsync();
        await AssertDaysAsync(other, site, days);
    }

    [Fact]
    public async Task What_a_crawler_sent_is_in_its_journey_and_in_no_count()
    {
        await using var running = await StartAsync();
        await using var other = await StartAsync();
        var site = await Postgres.AddSiteAsync();
        EncodedEvent[] sent =
        [
            Make("bot", at: Noon, facts: Facts(isBot: true, path: "/")), Make("ada", at: Noon + 1, facts: Facts(path: "/", others: (Fact.Country, "DE"))),
            Make("ada", "engagement", at: Noon + 2, facts: Facts(engagedMs: 900)),
        ];
        // The one that takes them is mostly not the one that holds their user.
        await StoreAsync(running, site, sent);
        foreach (var engine in new[] { running, other })
        {
            await AssertJourneyAsync(engine, site, "bot", sent[..1]);
            await AssertJourneyAsync(engine, site, "ada", sent[1..]);
            var totals = await engine.Engine.ReadDayAsync(site, site.Clock.DayOf(Noon), default);
            Assert.Equal(1, totals.ActiveUsers);
            Assert.Equal([new("page_view", 1)], totals.Events);
        }
    }

    private static async Task AssertSessionAsync(RunningEngine running, Site site, string session, List<EncodedEvent> expected)
    {
        var view = await running.Engine.ReadSessionAsync(site, session, default);
        Assert.NotNull(view);
        var sorted = JourneyModel.Sort(expected);
        Assert.Equal((session, sorted[0].UserIdText, sorted[^1].OccurredAt, sorted[0].OccurredAt, sorted.Count),
            (view.SessionId, view.UserId, view.StartedAt, view.LastSeenAt, view.EventCount));
        Assert.Equal(Describe(sorted.Take(1000)), Describe(view.Events));
    }

    // The oracle is PostgreSQL's own calendar over the raw rows.
    private async Task AssertDaysAsync(RunningEngine running, Site site, IEnumerable<DateOnly> days)
    {
        foreach (var day in days)
        {
            await using var command = Postgres.Database.CreateCommand("""
                select type, user_id from events where site_id = $1 and (occurred_at at time zone $2)::date = $3
                  and type not in ('identify', 'alias', 'group', 'engagement', '$pageleave') and is_bot is null
                """);
            command.Parameters.Add(new() { Value = site.Id });
            command.Parameters.Add(new() { Value = site.Clock.TimeZoneId });
            command.Parameters.Add(new() { Value = day });
            var rows = new List<(string Type, string User)>();
            await using (var reader = await command.ExecuteReaderAsync())
                while (await reader.ReadAsync()) rows.Add((reader.GetString(0), reader.GetString(1)));
            var totals = await running.Engine.ReadDayAsync(site, day, default);
            Assert.Equal(rows.GroupBy(row => row.Type).Select(type => $"{day} {type.Key} {type.Count()}").Order(),
                totals.Events.Select(type => $"{day} {type.Key} {type.Value}").Order());
            Assert.Equal((day, rows.Select(row => row.User).Distinct().LongCount()), (totals.Day, totals.ActiveUsers));
        }
    }
}
