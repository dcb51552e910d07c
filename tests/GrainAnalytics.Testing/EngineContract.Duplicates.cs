using System.Collections.Concurrent;
using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Journeys;
using GrainAnalytics.Core.Text;
using Xunit;
using static GrainAnalytics.Testing.TestEvents;

namespace GrainAnalytics.Testing;

public abstract partial class EngineContract
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_id_that_is_stored_is_a_duplicate_whatever_its_user_and_time(bool isRestarted)
    {
        await using var first = await StartAsync();
        var site = await Postgres.AddSiteAsync();
        var stored = Make("ada", id: "same", at: At("2026-01-31T23:00:00Z"), session: "s");
        await StoreAsync(first, site, stored);
        await AssertJourneyAsync(first, site, "ada", [stored]);
        await using var second = isRestarted ? await StartAsync() : null;
        var running = second ?? first;
        EncodedEvent[] again =
        [
            Make("ada", id: "same", at: stored.OccurredAt, session: "s"), Make("ada", id: "same", at: At("2026-02-01T01:00:00Z"), session: "s"),
            Make("bob", id: "same", at: stored.OccurredAt, session: "s"), Make("bob", id: "same", at: At("1971-05-05T00:00:00Z"), session: "t"),
        ];
        foreach (var one in again) Assert.Equal([IngestOutcome.Duplicate], await AppendAsync(running, site, one));
        await AssertJourneyAsync(running, site, "ada", [stored]);
        await AssertJourneyAsync(running, site, "bob", []);
        Assert.Equal(1, (await running.Engine.ReadSessionAsync(site, "s", default))!.EventCount);
        Assert.Null(await running.Engine.ReadSessionAsync(site, "t", default));
        Assert.Equal(1, await Recount.RowsAsync(Postgres.Database, site));
        await Recount.AssertExactAsync(Postgres.Database, site);
    }

    [Fact]
    public async Task The_same_id_on_two_sites_is_two_events()
    {
        await using var running = await StartAsync();
        var (one, other) = (await Postgres.AddSiteAsync(), await Postgres.AddSiteAsync());
        await StoreAsync(running, one, Make(id: "same"));
        await StoreAsync(running, other, Make(id: "same"));
    }

    [Fact]
    public async Task A_uuid_in_either_case_is_one_id()
    {
        await using var running = await StartAsync();
        var site = await Postgres.AddSiteAsync();
        await StoreAsync(running, site, Make(id: "7F4B0E2A-1111-4222-8333-444455556666"));
        Assert.Equal([IngestOutcome.Duplicate], await AppendAsync(running, site, Make(id: "7f4b0e2a-1111-4222-8333-444455556666")));
    }

    [Fact]
    public async Task One_id_in_two_months_of_two_users_on_two_connections_at_once_is_one_event()
    {
        await using var one = await StartAsync();
        await using var other = await StartAsync();
        var site = await Postgres.AddSiteAsync();
        for (var i = 0; i < 40; i++)
        {
            var id = i % 2 == 0 ? $"id-{i}" : Guid.NewGuid().ToString();
            var outcomes = await Task.WhenAll(
                AppendAsync(one, site, Make("ada", id: id, at: At("2026-01-31T12:00:00Z") + i, session: "s")),
                AppendAsync(other, site, Make("bob", id: id, at: At("2026-02-01T12:00:00Z") + i, session: "s")),
                AppendAsync(one, site, Make("eve", id: id, at: At("2016-02-01T12:00:00Z") + i)));
            Assert.Equal([IngestOutcome.Stored, IngestOutcome.Duplicate, IngestOutcome.Duplicate], outcomes.Select(o => o[0]).Order());
        }
        Assert.Equal(40, await Recount.RowsAsync(Postgres.Database, site));
        await Recount.AssertExactAsync(Postgres.Database, site);
        foreach (var running in new[] { one, other })
        {
            var shown = 0;
            foreach (var user in new[] { "ada", "bob", "eve" })
                shown += (await ReadAsync(running, site, new JourneyQuery(user, Limit: 1000))).Events.Count;
            Assert.Equal(40, shown);
        }
    }

    [Fact]
    public async Task A_journey_shows_the_stored_one_of_several_that_race_with_one_id()
    {
        // Writers may decide for the second sender's event while the first one's stands in the timeline.
        await using var running = await StartAsync(new EngineOptions(), new IngestOptions { Writers = 4, FlushSize = 1, MaxFlushSize = 1 });
        var site = await Postgres.AddSiteAsync();
        var winners = new List<EncodedEvent>();
        for (var i = 0; i < 60; i++)
        {
            if (i % 2 == 0) await AssertJourneyAsync(running, site, "ada", winners, limit: 100);
            var racers = Enumerable.Range(0, 4).Select(n => Make(id: $"race-{i}", at: Noon + i * 10 + n)).ToArray();
            var outcomes = await Task.WhenAll(racers.Select(racer => AppendAsync(running, site, racer)));
            winners.Add(Assert.Single(racers.Where((_, n) => outcomes[n][0] == IngestOutcome.Stored)));
            await AssertJourneyAsync(running, site, "ada", winners, limit: 100);
        }
        await Recount.AssertExactAsync(Postgres.Database, site);
    }

    [Fact]
    public async Task A_lookup_during_a_repeat_does_not_lose_the_stored_event()
    {
        await using var first = await StartAsync();
        var site = await Postgres.AddSiteAsync();
        for (var i = 0; i < 30; i++)
        {
            var user = $"user-{i}";
            var stored = Make(user, id: $"repeat-{i}", at: Noon);
            await StoreAsync(first, site, stored);
            await using var second = i % 10 == 0 ? await StartAsync() : null;
            var running = second ?? first;
            // The repeat is pending while the first lookup loads the user's newest events.
            var repeat = AppendAsync(running, site, Make(user, id: $"repeat-{i}", at: Noon + 5 * Instant.Hour));
            var looks = Enumerable.Range(0, 4).Select(_ => ReadAsync(running, site, new JourneyQuery(user, Limit: 50))).ToArray();
            Assert.Equal([IngestOutcome.Duplicate], await repeat);
            await Task.WhenAll(looks);
            await AssertJourneyAsync(running, site, user, [stored], limit: 50);
        }
    }

    [Fact]
    public async Task Events_sent_one_to_five_times_by_eight_senders_are_stored_and_counted_once()
    {
        await using var running = await StartAsync(new EngineOptions { TimelineTail = 16 }, new IngestOptions());
        var site = await Postgres.AddSiteAsync("America/New_York");
        var random = new Random(42);
        string[] types = ["page_view", "click", "purchase", "identify", "group"];
        var distinct = Enumerable.Range(0, 1500).Select(i => (Id: i % 3 == 0 ? $"order {i}" : Guid.NewGuid().ToString(), User: $"user-{random.Next(60)}",
            Type: types[random.Next(types.Length)], At: At("2026-01-20T00:00:00Z") + random.NextInt64(60 * Instant.Day),
            Session: random.Next(3) == 0 ? null : $"session-{random.Next(80)}")).ToArray();
        var sendings = distinct.SelectMany(d => Enumerable.Repeat(d, random.Next(1, 6))).ToArray();
        random.Shuffle(sendings);
        var stored = new ConcurrentBag<string>();
        var next = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(sender => Task.Run(async () =>
        {
            var mine = new Random(sender);
            while (true)
            {
                var size = mine.Next(1, 40);
                var start = Interlocked.Add(ref next, size) - size;
                if (start >= sendings.Length) return;
                var batch = sendings[start..Math.Min(sendings.Length, start + size)].DistinctBy(d => d.Id)
                    .Select(d => Make(d.User, d.Type, d.Id, d.At, d.Session)).ToArray();
                var outcomes = await AppendAsync(running, site, batch);
                for (var i = 0; i < batch.Length; i++)
                {
                    if (outcomes[i] == IngestOutcome.Stored) stored.Add(batch[i].IdText);
                    else Assert.Equal(IngestOutcome.Duplicate, outcomes[i]);
                }
                // Lookups in between: what is loaded must be kept right by what commits.
                await ReadAsync(running, site, new JourneyQuery(batch[0].UserIdText, Limit: mine.Next(1, 30)));
                await running.Engine.ReadDayAsync(site, site.Clock.DayOf(batch[0].OccurredAt), default);
                if (batch[0].HasSession)
                    await running.Engine.ReadSessionAsync(site, System.Text.Encoding.UTF8.GetString(batch[0].SessionId.Span), default);
            }
        })));
        Assert.Equal(distinct.Select(d => d.Id).Order(), stored.Order());
        Assert.Equal(distinct.Length, await Recount.RowsAsync(Postgres.Database, site));
        await Recount.AssertExactAsync(Postgres.Database, site);
        await AssertDaysAsync(running, site, distinct.Select(d => site.Clock.DayOf(d.At)).Distinct());
        foreach (var user in distinct.GroupBy(d => d.User))
        {
            var page = await ReadAsync(running, site, new JourneyQuery(user.Key, Limit: 1000));
            Assert.Equal(user.Select(d => d.Id).Order(), page.Events.Select(e => e.IdText).Order());
        }
        foreach (var session in distinct.Where(d => d.Session is not null).GroupBy(d => d.Session!))
        {
            var view = await running.Engine.ReadSessionAsync(site, session.Key, default);
            Assert.Equal(session.Count(), view!.EventCount);
            Assert.Equal(session.Select(d => d.Id).Order(), view.Events.Select(e => e.IdText).Order());
        }
    }
}
