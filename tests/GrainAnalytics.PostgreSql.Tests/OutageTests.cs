using System.Collections.Concurrent;
using System.Diagnostics;
using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Journeys;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.Testing;
using Npgsql;
using Xunit;
using static GrainAnalytics.Testing.TestEvents;

namespace GrainAnalytics.PostgreSql.Tests;

/// <summary>The database in trouble: nothing is lost, nothing doubled, and memory agrees with the rows afterwards.</summary>
public sealed class OutageTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Writes_wait_for_a_lock_and_are_no_bad_data()
    {
        var site = await postgres.AddSiteAsync();
        await using var own = Database.Open(new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Options = "-c lock_timeout=100ms" }.ConnectionString);
        await using var engine = postgres.StartSingleNode(store: new PostgresEventStore(own));
        await using var holder = await postgres.Database.OpenConnectionAsync();
        await using var transaction = await holder.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand("lock table event_hourly in access exclusive mode", holder)) await hold.ExecuteNonQueryAsync();
        var append = engine.AppendAsync(site, [.. Enumerable.Range(0, 100).Select(_ => Make())], default).AsTask();
        await Wait.UntilAsync(() => !engine.Buffer.StoreAnswers, "a write that met the lock");
        await transaction.RollbackAsync();
        Assert.All(await Wait.ForAsync(append, "the answer"), outcome => Assert.Equal(IngestOutcome.Stored, outcome));
        Assert.Equal(0, await postgres.ScalarAsync<long>("select count(*) from dead_letters where site_id = $1", site.Id));
        await Recount.AssertExactAsync(postgres.Database, site);
    }

    [Fact]
    public async Task Writers_that_are_killed_again_and_again_lose_and_double_nothing()
    {
        var site = await postgres.AddSiteAsync("Asia/Kolkata");
        await using var own = Database.Open(new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { ApplicationName = "victim" }.ConnectionString);
        await using var engine = postgres.StartSingleNode(store: new PostgresEventStore(own), patience: new WritePatience(TimeSpan.FromMinutes(5)));
        var days = Enumerable.Range(0, 3).Select(day => site.Clock.DayOf(Noon).AddDays(day)).ToArray();
        foreach (var day in days) await engine.ReadDayAsync(site, day, default);       // live from the start
        var stored = new ConcurrentBag<EncodedEvent>();
        var outcomes = new ConcurrentBag<(string Id, IngestOutcome Outcome)>();
        var isOver = false;
        var senders = Enumerable.Range(0, 6).Select(sender => Task.Run(async () =>
        {
            var random = new Random(sender);
            for (var i = 0; !Volatile.Read(ref isOver); i++)
            {
                var batch = Enumerable.Range(0, random.Next(1, 20)).Select(n => Make($"user-{random.Next(30)}", $"type-{random.Next(3)}",
                    $"{sender}-{i}-{n}", Noon + random.NextInt64(2 * Instant.Day), $"session-{random.Next(20)}")).ToArray();
                var answers = await engine.AppendAsync(site, batch, default);
                for (var n = 0; n < batch.Length; n++)
                {
                    outcomes.Add((batch[n].IdText, answers[n]));
                    if (answers[n] == IngestOutcome.Stored) stored.Add(batch[n]);
                }
                try
                {
                    await engine.ReadJourneyAsync(site, new JourneyQuery($"user-{random.Next(30)}", Limit: 20), default);
                    await engine.ReadSessionAsync(site, $"session-{random.Next(20)}", default);
                }
                catch (EventStoreException)
                {
                    // The lookup's own connection was killed.
                }
            }
        })).ToArray();
        var kills = 0L;
        var since = Stopwatch.GetTimestamp();
        await Wait.UntilAsync(async () =>
        {
            kills += await postgres.ScalarAsync<long>("""
                select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'victim' and state = 'active' and datname = current_database()
                """);
            await Task.Delay(30);
            return kills > 20 && Stopwatch.GetElapsedTime(since) > TimeSpan.FromSeconds(4);
        }, "backends to kill");
        Volatile.Write(ref isOver, true);
        await Wait.ForAsync(Task.WhenAll(senders), "the answers to all senders");
        await Wait.UntilAsync(() => engine.Buffer.Waiting == 0, "an empty buffer");
        Assert.All(outcomes, answer => Assert.Equal(IngestOutcome.Stored, answer.Outcome));     // every id was sent once
        Assert.Equal(outcomes.Count, await Recount.RowsAsync(postgres.Database, site));
        await Recount.AssertExactAsync(postgres.Database, site);
        own.Clear();        // one that was killed while it was idle is not found out by a lookup below
        await AssertMemoryAgreesAsync(engine, site, days, stored);
    }

    [Fact]
    public async Task After_a_commit_whose_answer_was_lost_rows_counts_and_live_totals_agree()
    {
        var site = await postgres.AddSiteAsync();
        var store = new LossyStore(postgres.Store);
        await using var engine = postgres.StartSingleNode(store: store);
        var day = site.Clock.DayOf(Noon);
        await engine.ReadDayAsync(site, day, default);
        Assert.Equal([IngestOutcome.Stored], await engine.AppendAsync(site, [Make("eve", id: "old", session: "s")], default));
        await engine.ReadSessionAsync(site, "s", default);
        await engine.ReadJourneyAsync(site, new JourneyQuery("ada", Limit: 10), default);
        store.Losses = 1;
        EncodedEvent[] batch = [Make("ada", session: "s"), Make("bob", id: "old"), Make("ada", "click", at: Noon + 5), Make("eve", at: Noon + 6, session: "s")];
        Assert.Equal([IngestOutcome.Stored, IngestOutcome.Duplicate, IngestOutcome.Stored, IngestOutcome.Stored], await engine.AppendAsync(site, batch, default));
        Assert.Equal(0, store.Losses);
        await Recount.AssertExactAsync(postgres.Database, site);
        Assert.Equal(["click", "page_view"], (await engine.ReadJourneyAsync(site, new JourneyQuery("ada", Limit: 10), default)).Events
            .Select(e => System.Text.Encoding.UTF8.GetString(e.Type.Span)));
        Assert.Equal(3, (await engine.ReadSessionAsync(site, "s", default))!.EventCount);
        var totals = await engine.ReadDayAsync(site, day, default);
        Assert.Equal((2, 3, 1), (totals.ActiveUsers, totals.Events["page_view"], totals.Events["click"]));
    }

    [Fact]
    public async Task Own_rows_are_claimed_and_other_senders_are_not()
    {
        var site = await postgres.AddSiteAsync();
        await using var writer = postgres.Store.OpenWriter(0);
        EncodedEvent mine = Make("ada", id: "a"), theirs = Make("ada", id: "b");
        await writer.WriteAsync(Rows(site, [mine, theirs]), false, default);
        // The same id from another request: another arrival, so another event.
        EncodedEvent repeat = Make("ada", id: "b"), otherUser = Make("bob", id: "a", received: mine.ReceivedAt), fresh = Make("ada", id: "c");
        var again = Rows(site, [mine, repeat, fresh]);
        var result = await writer.WriteAsync(again, true, default);
        Assert.Equal(again.Select(row => row.Event != repeat), result.IsStored);
        Assert.False(Assert.Single((await writer.WriteAsync(Rows(site, [otherUser]), true, default)).IsStored));
        Assert.False(Assert.Single((await writer.WriteAsync(Rows(site, [mine]), false, default)).IsStored));
        Assert.Equal(3, await Recount.RowsAsync(postgres.Database, site));
        await Recount.AssertExactAsync(postgres.Database, site);
    }

    private async Task AssertMemoryAgreesAsync(SingleNodeEngine engine, Site site, DateOnly[] days, IReadOnlyCollection<EncodedEvent> stored)
    {
        await using var other = postgres.StartSingleNode();     // reads everything from the database
        foreach (var day in days)
        {
            DayTotals(await other.ReadDayAsync(site, day, default), out var expected);
            DayTotals(await engine.ReadDayAsync(site, day, default), out var actual);
            Assert.Equal(expected, actual);
        }
        foreach (var user in stored.GroupBy(e => e.UserIdText))
            JourneyModel.AssertSame(JourneyModel.Read(stored, new JourneyQuery(user.Key, Limit: 20)), await engine.ReadJourneyAsync(site, new JourneyQuery(user.Key, Limit: 20), default));
        for (var i = 0; i < 20; i++)
        {
            var (expected, actual) = (await other.ReadSessionAsync(site, $"session-{i}", default), await engine.ReadSessionAsync(site, $"session-{i}", default));
            Assert.Equal(expected?.EventCount, actual?.EventCount);
            Assert.Equal(Describe(expected?.Events ?? []), Describe(actual?.Events ?? []));
        }

        static void DayTotals(Core.Counters.DayTotals totals, out string text) =>
            text = $"{totals.Day}: {totals.ActiveUsers} users, {string.Join(", ", totals.Events.OrderBy(e => e.Key).Select(e => $"{e.Key} {e.Value}"))}";
    }
}
