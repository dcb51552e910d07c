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
    [Fact]
    public async Task An_unknown_user_has_an_empty_journey()
    {
        await using var running = await StartAsync();
        var page = await ReadAsync(running, await Postgres.AddSiteAsync(), new JourneyQuery("nobody"));
        Assert.Empty(page.Events);
        Assert.False(page.HasMore);
    }

    [Fact]
    public async Task A_stored_event_is_in_the_journey_at_once()
    {
        await using var running = await StartAsync();
        var site = await Postgres.AddSiteAsync();
        var sent = new List<EncodedEvent>();
        for (var i = 0; i < 60; i++)
        {
            sent.Add(Make(at: Noon + i % 7 * Instant.Hour));
            await StoreAsync(running, site, sent[^1]);
            await AssertJourneyAsync(running, site, "ada", sent);
        }
    }

    [Fact]
    public async Task Everything_that_was_sent_comes_back_as_it_was_sent()
    {
        await using var running = await StartAsync();
        var site = await Postgres.AddSiteAsync();
        EncodedEvent[] sent =
        [
            Make("zoë/../☃ ?", "purchase", "an id of any text ☃", Noon + 1, "s 1", "anon-1", """{ "price" : 1.00, "price":1.0, "a":"\u0041☃" }"""),
            Make("zoë/../☃ ?", "purchase", "7F4B0E2A-1111-4222-8333-444455556666", Noon + 2, payload: "{\r\n}"),
        ];
        await StoreAsync(running, site, sent);
        await AssertJourneyAsync(running, site, "zoë/../☃ ?", sent);
        await using var other = await StartAsync();     // knows nothing, so it asks the store
        await AssertJourneyAsync(other, site, "zoë/../☃ ?", sent);
    }

    [Fact]
    public async Task Concurrent_lookups_see_acknowledged_events_and_none_twice()
    {
        await using var running = await StartAsync(tail: 32);
        var site = await Postgres.AddSiteAsync();
        var acknowledged = new List<EncodedEvent>();
        var isDone = false;
        var readers = Enumerable.Range(0, 4).Select(reader => Task.Run(async () =>
        {
            for (var reads = 0; !Volatile.Read(ref isDone) || reads == 0; reads++)
            {
                await Task.Yield();     // answers from memory come at once; the writers need a turn too
                EncodedEvent[] before;
                lock (acknowledged) before = [.. acknowledged];
                var page = await ReadAsync(running, site, new JourneyQuery("ada", Limit: reader % 2 == 0 ? 1000 : 20));
                Assert.Equal(page.Events.Count, page.Events.Select(e => e.Key).Distinct().Count());
                Assert.Equal(Describe(JourneyModel.Sort(page.Events)), Describe(page.Events));
                // Every acknowledged event is there, unless the page was full of newer ones.
                var shown = page.Events.Select(e => e.Key).ToHashSet();
                var missing = before.Where(e => !shown.Contains(e.Key) && !(page.HasMore && EventPosition.Compare(e, page.Events[^1]) < 0));
                Assert.Empty(Describe(missing));
            }
        })).ToArray();
        var random = new Random(7);
        for (var i = 0; i < 150; i++)
        {
            EncodedEvent[] batch = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Make(at: Noon + random.Next(200) * Instant.Second))];
            await StoreAsync(running, site, batch);
            lock (acknowledged) acknowledged.AddRange(batch);
        }
        Volatile.Write(ref isDone, true);
        await Wait.ForAsync(Task.WhenAll(readers), "the end of the readers");
        await AssertJourneyAsync(running, site, "ada", acknowledged);
    }

    [Fact]
    public async Task Equal_times_are_ordered_by_event_id_descending()
    {
        await using var running = await StartAsync();
        var site = await Postgres.AddSiteAsync();
        EncodedEvent[] sent =
        [
            .. new[] { "a", "B", "b", "aa", "ä", "~", "1", "😀", "Ａ", "00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000B",
                "fffffff0-0000-4000-8000-000000000000" }.Select(id => Make(id: id)),
            Make(id: "later", at: Noon + 1), Make(id: "earlier", at: Noon - 1),
        ];
        await StoreAsync(running, site, sent);
        await AssertJourneyAsync(running, site, "ada", sent);       // from memory
        await using var other = await StartAsync();
        await AssertJourneyAsync(other, site, "ada", sent);         // from the store
        await AssertJourneyAsync(other, site, "ada", sent, limit: 5);
    }

    [Theory]
    [InlineData(16, 120)]       // most of it lies behind the tail
    [InlineData(2000, 120)]     // all of it is in memory
    public async Task Every_query_answers_as_a_plain_list_would(int tail, int events)
    {
        await using var running = await StartAsync(tail);
        var site = await Postgres.AddSiteAsync();
        var random = new Random(tail);
        var sent = Enumerable.Range(0, events).Select(_ => Make(type: random.Next(3) == 0 ? "click" : "page_view",
            id: random.Next(2) == 0 ? $"id-{random.NextInt64()}" : null, at: Noon + random.Next(40) * Instant.Day - random.Next(2))).ToArray();
        await StoreAsync(running, site, sent[..(events / 2)]);
        await AssertJourneyAsync(running, site, "ada", sent[..(events / 2)], limit: 10);      // somebody looks: the tail is loaded
        foreach (var late in sent[(events / 2)..]) await StoreAsync(running, site, late);     // also back-dated ones
        for (var i = 0; i < 150; i++)
        {
            long edge = sent[random.Next(events)].OccurredAt, other = sent[random.Next(events)].OccurredAt;
            var query = new JourneyQuery("ada", random.Next(2) == 0 ? Math.Min(edge, other) : long.MinValue,
                random.Next(2) == 0 ? Math.Max(edge, other) : long.MaxValue, random.Next(3) switch { 0 => "click", 1 => "none", _ => null },
                random.Next(1, 60), random.Next(3) == 0 ? EventPosition.Of(sent[random.Next(events)]) : null);
            JourneyModel.AssertSame(JourneyModel.Read(sent, query), await ReadAsync(running, site, query));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100)]
    public async Task Pages_follow_each_other_without_gap_or_repeat(int limit)
    {
        await using var running = await StartAsync(tail: 16);
        var site = await Postgres.AddSiteAsync();
        var sent = Enumerable.Range(0, 57).Select(i => Make(at: Noon + i / 5 * Instant.Day)).ToArray();     // five at a time
        await StoreAsync(running, site, sent);
        var read = new List<EncodedEvent>();
        EventPosition? before = null;
        while (true)
        {
            var page = await ReadAsync(running, site, new JourneyQuery("ada", Limit: limit, Before: before));
            read.AddRange(page.Events);
            if (!page.HasMore) break;
            Assert.True(EventPosition.TryParseCursor(EventPosition.Of(page.Events[^1]).ToCursor(), out var position));
            before = position;
        }
        Assert.Equal(Describe(JourneyModel.Sort(sent)), Describe(read));
    }

    [Fact]
    public async Task From_and_to_are_inclusive()
    {
        await using var running = await StartAsync();
        var site = await Postgres.AddSiteAsync();
        var sent = Enumerable.Range(0, 5).Select(i => Make(at: Noon + i)).ToArray();
        await StoreAsync(running, site, sent);
        for (var look = 0; look < 2; look++)
        {
            var page = await ReadAsync(running, site, new JourneyQuery("ada", Noon + 1, Noon + 3));
            Assert.Equal([Noon + 3, Noon + 2, Noon + 1], page.Events.Select(e => e.OccurredAt));
            await AssertJourneyAsync(running, site, "ada", sent, limit: 10);
        }
    }

    [Fact]
    public async Task Eviction_of_idle_users_loses_nothing()
    {
        await using var running = await StartAsync(new EngineOptions { IdleAfter = TimeSpan.FromMilliseconds(100), TimelineTail = 16 }, new IngestOptions());
        var site = await Postgres.AddSiteAsync();
        var end = DateTime.UtcNow.AddSeconds(4);
        await Task.WhenAll(Enumerable.Range(0, 6).Select(async user =>
        {
            var random = new Random(user);
            var sent = new List<EncodedEvent>();
            while (DateTime.UtcNow < end)
            {
                sent.Add(Make($"user-{user}", at: Noon + random.Next(1000) * Instant.Second, session: $"session-{user}"));
                await StoreAsync(running, site, sent[^1]);
                await AssertJourneyAsync(running, site, $"user-{user}", sent, limit: random.Next(2) == 0 ? 10 : 1000);
                var session = await running.Engine.ReadSessionAsync(site, $"session-{user}", default);
                Assert.Equal(sent.Count, session!.EventCount);
                if (random.Next(5) == 0) await Task.Delay(random.Next(1500));       // sometimes long enough to be let go
            }
        }));
        await Recount.AssertExactAsync(Postgres.Database, site);
    }

    [Fact]
    public async Task Identify_alias_and_group_are_in_journeys_and_sessions_but_in_no_statistic()
    {
        await using var running = await StartAsync();
        var site = await Postgres.AddSiteAsync();
        var day = site.Clock.DayOf(Noon);
        EncodedEvent[] sent = [.. new[] { "identify", "alias", "group" }.Select((type, i) => Make("bob", type, at: Noon + i, session: "s"))];
        await StoreAsync(running, site, sent);
        await AssertJourneyAsync(running, site, "bob", sent);
        Assert.Equal(3, (await running.Engine.ReadSessionAsync(site, "s", default))!.EventCount);
        var totals = await running.Engine.ReadDayAsync(site, day, default);
        Assert.Equal(0, totals.ActiveUsers);
        Assert.Empty(totals.Events);
        await StoreAsync(running, site, Make("bob", at: Noon + 9));
        totals = await running.Engine.ReadDayAsync(site, day, default);
        Assert.Equal(1, totals.ActiveUsers);
        Assert.Equal(("page_view", 1L), Assert.Single(totals.Events.Select(pair => (pair.Key, pair.Value))));
        await Recount.AssertExactAsync(Postgres.Database, site);
    }
}
