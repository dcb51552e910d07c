using System.Collections.Concurrent;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.Testing;
using Xunit;
using static GrainAnalytics.Core.Tests.Writing.WriteBufferHarness;
using static GrainAnalytics.Testing.TestEvents;

namespace GrainAnalytics.Core.Tests.Writing;

public sealed class WriteBufferTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task An_idle_buffer_writes_at_once()
    {
        await using var on = new WriteBufferHarness(new IngestOptions { FlushEvery = Long });
        Assert.Equal([IngestOutcome.Stored], await AnswerAsync(on.AddAsync(Make())));
        Assert.Equal(0, on.Buffer.Status.Waiting);
    }

    [Fact]
    public async Task What_arrives_during_a_write_is_written_together()
    {
        await using var on = new WriteBufferHarness(new IngestOptions { Writers = 1, MaxFlushSize = 150 });
        on.Store.Close();
        var first = on.AddAsync(Make());
        await Wait.UntilAsync(() => on.Store.Writes.Count == 1, "the first write");
        var rest = Enumerable.Range(0, 200).Select(_ => on.AddAsync(Make())).ToArray();
        Assert.Equal((201, true), (on.Buffer.Status.Waiting, on.Buffer.Status.IsFlushing));
        on.Store.Open();
        await AnswerAsync(first);
        await Wait.ForAsync(Task.WhenAll(rest), "the answers");
        Assert.Equal([1, 150, 50], on.Store.Writes.Select(write => write.Rows.Length));
    }

    [Fact]
    public async Task A_second_writer_joins_when_enough_wait()
    {
        await using var on = new WriteBufferHarness(new IngestOptions { FlushSize = 50, FlushEvery = Long });
        on.Store.Close();
        _ = on.AddAsync(Make());
        await Wait.UntilAsync(() => on.Store.Writes.Count == 1, "the first write");
        _ = on.AddAsync([.. Enumerable.Range(0, 50).Select(_ => Make())]);
        await Wait.UntilAsync(() => on.Store.Writes.Count == 2, "a second write beside the first");
        Assert.Equal(2, on.Store.Writes.Select(write => write.Writer).Distinct().Count());
    }

    [Fact]
    public async Task A_second_writer_joins_when_the_oldest_has_waited_long_enough()
    {
        await using var on = new WriteBufferHarness(new IngestOptions { FlushEvery = TimeSpan.FromMilliseconds(20) });
        on.Store.Close();
        _ = on.AddAsync(Make());
        await Wait.UntilAsync(() => on.Store.Writes.Count == 1, "the first write");
        _ = on.AddAsync(Make());
        await Wait.UntilAsync(() => on.Store.Writes.Count == 2, "a second write beside the first");
    }

    [Fact]
    public async Task A_full_buffer_refuses_whole_requests_and_keeps_what_it_has()
    {
        await using var on = new WriteBufferHarness(new IngestOptions { EmergencyThreshold = 10 });
        on.Store.Close();
        var kept = on.AddAsync([.. Enumerable.Range(0, 9).Select(_ => Make())]);
        Assert.Equal([IngestOutcome.BufferFull, IngestOutcome.BufferFull], await on.AddAsync(Make(), Make()));
        Assert.Equal(9, on.Buffer.Status.Waiting);
        var last = on.AddAsync(Make());
        Assert.Equal([IngestOutcome.BufferFull], await on.AddAsync(Make()));
        on.Store.Open();
        Assert.All(await AnswerAsync(kept), outcome => Assert.Equal(IngestOutcome.Stored, outcome));
        await AnswerAsync(last);
        Assert.Equal([IngestOutcome.Stored], await AnswerAsync(on.AddAsync(Make())));
        Assert.Equal(11, on.Store.Stored.Count);
    }

    [Fact]
    public async Task A_failed_write_keeps_its_events_and_is_repeated()
    {
        await using var on = new WriteBufferHarness();
        var wentAway = 0;
        on.Health.WentAway += () => Interlocked.Increment(ref wentAway);
        var failures = 3;
        on.Store.BeforeWrite = _ => { if (Interlocked.Decrement(ref failures) >= 0) throw new EventStoreException(StoreFailure.Away, false, "gone"); };
        var append = on.AddAsync(Make(), Make());
        Assert.Equal([IngestOutcome.Stored, IngestOutcome.Stored], await AnswerAsync(append));
        Assert.Equal(1, wentAway);
        Assert.Equal([false, false, false, false], on.Store.Writes.Select(write => write.MayBeOwnWork));
        Assert.True(on.Buffer.Status.StoreAnswers);
    }

    [Fact]
    public async Task A_conflict_is_repeated_at_once()
    {
        await using var on = new WriteBufferHarness(time: new FakeClock());     // no pause ever ends on this clock
        var failures = 5;
        on.Store.BeforeWrite = _ => { if (Interlocked.Decrement(ref failures) >= 0) throw new EventStoreException(StoreFailure.Conflict, false, "deadlock"); };
        Assert.Equal([IngestOutcome.Stored], await AnswerAsync(on.AddAsync(Make())));
        Assert.Equal(6, on.Store.Writes.Count);
    }

    [Fact]
    public async Task A_bad_row_among_500_is_set_aside_alone()
    {
        await using var on = new WriteBufferHarness();
        on.Store.BeforeWrite = RefuseBad;
        var events = Enumerable.Range(0, 500).Select(i => Make(i == 321 ? "bad" : "good")).ToArray();
        var outcomes = await AnswerAsync(on.AddAsync(events));
        Assert.Equal(321, Assert.Single(Enumerable.Range(0, 500), i => outcomes[i] == IngestOutcome.PoisonRow));
        Assert.Equal(499, outcomes.Count(outcome => outcome == IngestOutcome.Stored));
        Assert.Equal(499, on.Store.Stored.Count);
        var letter = Assert.Single(on.Store.DeadLetters);
        Assert.Equal((events[321], "poison-row", "22P05: refused"), (letter.Event, letter.Reason, letter.Detail));
        Assert.True(on.Buffer.Status.StoreAnswers);
    }

    [Fact]
    public async Task An_unclear_error_that_does_not_end_is_taken_for_bad_data_and_costs_one_event()
    {
        var clock = new FakeClock();
        await using var on = new WriteBufferHarness(new IngestOptions { Writers = 1, AnswerWithin = TimeSpan.FromSeconds(4) }, clock);
        on.Store.BeforeWrite = rows =>
        {
            if (rows.Any(row => row.Event.UserIdText == "bad")) throw new EventStoreException(StoreFailure.Unclear, false, "XX000") { Detail = "XX000: in the dark" };
        };
        var started = clock.GetUtcNow();
        var append = on.AddAsync([.. Enumerable.Range(0, 100).Select(i => Make(i == 31 ? "bad" : "good"))]);
        await AdvanceAsync(clock, () => append.IsCompleted);
        var outcomes = await AnswerAsync(append);
        Assert.Equal(31, Assert.Single(Enumerable.Range(0, 100), i => outcomes[i] == IngestOutcome.PoisonRow));
        Assert.Equal(99, on.Store.Stored.Count);
        Assert.Equal("XX000: in the dark", Assert.Single(on.Store.DeadLetters).Detail);
        Assert.Equal(7, on.Store.Writes.Count(write => write.Rows.Length == 100));
        Assert.InRange((clock.GetUtcNow() - started).TotalSeconds, 2, 4);       // patience, and an answer that is no time-out
        Assert.True(on.Buffer.Status.StoreAnswers);
    }

    [Fact]
    public async Task An_unclear_error_that_ends_costs_nothing()
    {
        var clock = new FakeClock();
        await using var on = new WriteBufferHarness(time: clock);
        var failures = 6;
        on.Store.BeforeWrite = _ => { if (Interlocked.Decrement(ref failures) >= 0) throw new EventStoreException(StoreFailure.Unclear, false, "XX000"); };
        var append = on.AddAsync(Make(), Make());
        await AdvanceAsync(clock, () => append.IsCompleted);
        Assert.Equal([IngestOutcome.Stored, IngestOutcome.Stored], await AnswerAsync(append));
        Assert.Empty(on.Store.DeadLetters);
    }

    [Fact]
    public async Task A_store_that_is_away_for_long_never_makes_a_dead_letter()
    {
        var clock = new FakeClock();
        await using var on = new WriteBufferHarness(new IngestOptions { AnswerWithin = TimeSpan.FromMinutes(1) }, clock);
        var failures = 30;
        on.Store.BeforeWrite = _ => { if (Interlocked.Decrement(ref failures) >= 0) throw new EventStoreException(StoreFailure.Away, true, "53200: out of memory"); };
        var append = on.AddAsync(Make());
        await AdvanceAsync(clock, () => on.Store.Stored.Count == 1, step: 200);
        Assert.Single(on.Store.Stored);
        Assert.Empty(on.Store.DeadLetters);
    }

    [Fact]
    public async Task What_follows_a_bad_row_with_its_id_is_tried_by_itself()
    {
        await using var on = new WriteBufferHarness(new IngestOptions { Writers = 1 });
        on.Store.BeforeWrite = RefuseBad;
        on.Store.Close();
        var before = on.AddAsync(Make());
        await Wait.UntilAsync(() => on.Store.Writes.Count == 1, "the first write");
        var appends = new[] { "bad", "good", "good", "bad" }.Select(user => on.AddAsync(Make(user, id: "same"))).Append(on.AddAsync(Make(), Make())).ToArray();
        on.Store.Open();
        await AnswerAsync(before);
        Assert.Equal([IngestOutcome.PoisonRow], await AnswerAsync(appends[0]));
        Assert.Equal([IngestOutcome.Stored], await AnswerAsync(appends[1]));
        Assert.Equal([IngestOutcome.Duplicate], await AnswerAsync(appends[2]));
        Assert.Contains((await AnswerAsync(appends[3]))[0], new[] { IngestOutcome.Duplicate, IngestOutcome.PoisonRow });
        Assert.Equal([IngestOutcome.Stored, IngestOutcome.Stored], await AnswerAsync(appends[4]));
        await Wait.UntilAsync(() => on.Buffer.Status.Waiting == 0, "an empty buffer");
    }

    [Fact]
    public async Task A_bad_row_is_refused_only_once_it_is_kept()
    {
        await using var on = new WriteBufferHarness();
        on.Store.BeforeWrite = RefuseBad;
        var failures = 2;
        on.Store.BeforeSetAside = _ => { if (Interlocked.Decrement(ref failures) >= 0) throw new EventStoreException(StoreFailure.Away, false, "gone"); };
        Assert.Equal([IngestOutcome.PoisonRow], await AnswerAsync(on.AddAsync(Make("bad"))));
        Assert.Single(on.Store.DeadLetters);
    }

    [Fact]
    public async Task After_an_unknown_end_the_retry_claims_its_own_rows()
    {
        await using var on = new WriteBufferHarness();
        await AnswerAsync(on.AddAsync(Make(id: "old")));
        var failures = 1;
        on.Store.AfterWrite = _ => { if (Interlocked.Decrement(ref failures) >= 0) throw new EventStoreException(StoreFailure.Away, true, "cut"); };
        Assert.Equal([IngestOutcome.Stored, IngestOutcome.Duplicate], await AnswerAsync(on.AddAsync(Make(), Make(id: "old"))));
        Assert.Equal([false, false, true], on.Store.Writes.Select(write => write.MayBeOwnWork));
        await AnswerAsync(on.AddAsync(Make()));
        Assert.False(on.Store.Writes.Last().MayBeOwnWork);
    }

    [Fact]
    public async Task An_answer_comes_in_time_and_the_event_is_written_later()
    {
        await using var on = new WriteBufferHarness(new IngestOptions { Writers = 1 }, patience: TimeSpan.FromMilliseconds(100));
        on.Store.Close();
        var inFlight = on.AddAsync(Make());
        await Wait.UntilAsync(() => on.Store.Writes.Count == 1, "the write");
        var waiting = on.AddAsync(Make(), Make());
        Assert.Equal([IngestOutcome.StoreUnavailable], await AnswerAsync(inFlight));
        Assert.Equal([IngestOutcome.StoreUnavailable, IngestOutcome.StoreUnavailable], await AnswerAsync(waiting));
        Assert.Equal(3, on.Buffer.Status.Waiting);
        on.Store.Open();
        await Wait.UntilAsync(() => on.Store.Stored.Count == 3 && on.Buffer.Status.Waiting == 0, "the three events in the store");
    }

    [Fact]
    public async Task Stopping_writes_what_waits_and_refuses_what_comes()
    {
        await using var on = new WriteBufferHarness(new IngestOptions { Writers = 1, MaxFlushSize = 7 });
        on.Store.Close();
        var appends = Enumerable.Range(0, 50).Select(_ => on.AddAsync(Make())).ToArray();
        var stopping = on.Buffer.StopAsync(default);
        Assert.Equal([IngestOutcome.ShuttingDown], await on.AddAsync(Make()));
        Assert.True(on.Buffer.Status.IsStopping);
        on.Store.Open();
        await Wait.ForAsync(stopping, "the end of the writers");
        Assert.All(await Wait.ForAsync(Task.WhenAll(appends), "the answers"), outcome => Assert.Equal([IngestOutcome.Stored], outcome));
        Assert.Equal(50, on.Store.Stored.Count);
    }

    [Fact]
    public async Task Stopping_ends_though_the_store_is_away_and_everybody_hears()
    {
        await using var on = new WriteBufferHarness(new IngestOptions { Writers = 2, MaxFlushSize = 5, FlushSize = 5 });
        on.Store.BeforeWrite = _ => throw new EventStoreException(StoreFailure.Away, false, "gone");
        var appends = Enumerable.Range(0, 30).Select(_ => on.AddAsync(Make())).ToArray();
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await Wait.ForAsync(on.Buffer.StopAsync(patience.Token), "the end of the writers");
        Assert.All(await Wait.ForAsync(Task.WhenAll(appends), "the answers"), outcome => Assert.Equal([IngestOutcome.StoreUnavailable], outcome));
    }

    [Fact]
    public async Task Those_behind_the_first_of_an_id_hear_Duplicate()
    {
        await using var on = new WriteBufferHarness(new IngestOptions { Writers = 1 });
        on.Store.Close();
        var before = on.AddAsync(Make());
        await Wait.UntilAsync(() => on.Store.Writes.Count == 1, "the first write");
        var appends = Enumerable.Range(0, 5).Select(i => on.AddAsync(Make($"user-{i}", id: "same"), Make(id: $"other-{i}"))).ToArray();
        on.Store.Open();
        await AnswerAsync(before);
        var outcomes = await Wait.ForAsync(Task.WhenAll(appends), "the answers");
        Assert.Equal([IngestOutcome.Stored, IngestOutcome.Duplicate, IngestOutcome.Duplicate, IngestOutcome.Duplicate, IngestOutcome.Duplicate], outcomes.Select(o => o[0]));
        Assert.All(outcomes, o => Assert.Equal(IngestOutcome.Stored, o[1]));
        Assert.Equal("user-0", on.Store.Stored.Single(e => e.IdText == "same").UserIdText);
    }

    [Fact]
    public async Task Owners_and_observers_hear_before_the_request()
    {
        await using var on = new WriteBufferHarness();
        var heard = new ConcurrentQueue<string>();
        Task<IngestOutcome[]>? append = null;
        on.OnCommitted = _ => heard.Enqueue($"committed, answered {append?.IsCompleted == true}");
        var owner = new Owner(item => heard.Enqueue($"settled, answered {append?.IsCompleted == true}"));
        append = on.AddAsync(owner, Make());
        await AnswerAsync(append);
        Assert.Equal(["committed, answered False", "settled, answered False"], heard);
    }

    [Fact]
    public async Task A_writer_survives_an_error_that_nobody_expected()
    {
        await using var on = new WriteBufferHarness(new IngestOptions { Writers = 1 });
        var failures = 1;
        on.Store.AfterWrite = _ => { if (Interlocked.Decrement(ref failures) >= 0) throw new InvalidOperationException("The connection is not open."); };
        Assert.Equal([IngestOutcome.Stored], await AnswerAsync(on.AddAsync(Make())));
        Assert.Equal([IngestOutcome.Stored], await AnswerAsync(on.AddAsync(Make())));
    }

    [Fact]
    public async Task No_answer_is_lost_among_concurrent_senders_and_failures_of_every_kind()
    {
        await using var on = new WriteBufferHarness(new IngestOptions { Writers = 3, FlushSize = 20, MaxFlushSize = 40, FlushEvery = TimeSpan.FromMilliseconds(1) });
        var writes = 0;
        on.Store.BeforeWrite = rows =>
        {
            RefuseBad(rows);
            var n = Interlocked.Increment(ref writes);
            if (n % 11 == 0) throw new EventStoreException(StoreFailure.Conflict, false, "deadlock");
            if (n % 37 == 0) throw new EventStoreException(StoreFailure.Away, false, "gone");
        };
        on.Store.AfterWrite = _ => { if (Volatile.Read(ref writes) % 41 == 0) throw new EventStoreException(StoreFailure.Away, true, "cut"); };
        var (stored, poisoned) = (new ConcurrentBag<string>(), new ConcurrentBag<string>());
        await Wait.ForAsync(Task.WhenAll(Enumerable.Range(0, 8).Select(sender => Task.Run(async () =>
        {
            var random = new Random(sender);
            for (var i = 0; i < 150; i++)
            {
                // Ids repeat over senders; a bad one is bad whoever sends it.
                var events = Enumerable.Range(0, random.Next(1, 8)).Select(_ => random.Next(2000)).Distinct().Select(n => Make(n % 97 == 0 ? "bad" : "good", id: $"{n}")).ToArray();
                var outcomes = await on.AddAsync(events);
                for (var e = 0; e < events.Length; e++)
                {
                    if (outcomes[e] == IngestOutcome.Stored) stored.Add(events[e].IdText);
                    else if (outcomes[e] == IngestOutcome.PoisonRow) poisoned.Add(events[e].IdText);
                    else Assert.Equal(IngestOutcome.Duplicate, outcomes[e]);
                }
            }
        }))), "the answers to all senders");
        Assert.Equal(on.Store.Stored.Select(e => e.IdText).Order(), stored.Order());
        Assert.All(poisoned, id => Assert.Equal(0, int.Parse(id) % 97));
        Assert.Equal((0, true), (on.Buffer.Status.Waiting, poisoned.Count > 0));
    }

    [Fact]
    public async Task No_answer_is_lost_when_senders_meet_the_stop()
    {
        for (var round = 0; round < 30; round++)
        {
            await using var on = new WriteBufferHarness(new IngestOptions { Writers = 2, FlushSize = 4, MaxFlushSize = 8 });
            var senders = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
            {
                while (true)
                {
                    var value = Make();
                    var outcome = (await on.AddAsync(value))[0];
                    if (outcome == IngestOutcome.ShuttingDown) return;
                    Assert.Contains(outcome, new[] { IngestOutcome.Stored, IngestOutcome.StoreUnavailable });
                    if (outcome == IngestOutcome.Stored) Assert.Contains(on.Store.Stored, e => e.Key == value.Key);
                }
            })).ToArray();
            await Wait.UntilAsync(() => on.Store.Writes.Count > round, "some writes");
            await Wait.ForAsync(on.Buffer.StopAsync(default), "the end of the writers");
            await Wait.ForAsync(Task.WhenAll(senders), "the answers to all senders");
        }
    }

    // Moves the clock through the pauses between attempts, one timer after the other.
    private static Task AdvanceAsync(FakeClock clock, Func<bool> isDone, int step = 10) => Wait.UntilAsync(() =>
    {
        // The buffer's own timer is always there: time passes only while somebody pauses as well.
        if (!isDone() && clock.Timers > 1) clock.Advance(TimeSpan.FromMilliseconds(step));
        return isDone();
    }, "the end of the attempts");

    private static void RefuseBad(EventRow[] rows)
    {
        if (rows.Any(row => row.Event.UserIdText == "bad")) throw new EventStoreException(StoreFailure.BadData, false, "22P05: refused");
    }

    private sealed class Owner(Action<WriteItem> settled) : IWriteOwner
    {
        public void Settled(in WriteItem item, bool isStored, bool isUncertain) => settled(item);
    }
}
