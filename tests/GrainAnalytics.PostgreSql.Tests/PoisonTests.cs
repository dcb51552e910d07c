using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Journeys;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.Testing;
using Xunit;
using static GrainAnalytics.Testing.TestEvents;

namespace GrainAnalytics.PostgreSql.Tests;

public sealed class PoisonTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    // As servers have it; half of it is what an error that may pass is repeated for. On the test's clock, so that a slow database takes nothing of it.
    private static readonly WritePatience Patience = new(TimeSpan.FromSeconds(4));

    [Theory]
    [InlineData("23514", "events")]
    [InlineData("22021", "events")]
    [InlineData("22P02", "sessions")]
    [InlineData("54000", "events")]
    [InlineData("XX000", "events")]     // an internal error that never ends for one row
    [InlineData("XX002", "sessions")]
    [InlineData("P0001", "events")]
    public async Task One_event_that_the_database_refuses_costs_only_itself(string state, string table)
    {
        var site = await postgres.AddSiteAsync();
        var marked = $"poison-{state}";
        await postgres.ExecuteAsync($"""
            create or replace function refuse_{state}() returns trigger language plpgsql as $$
            begin
              if new.user_id = '{marked}' then raise exception 'no % here', new.user_id using errcode = '{state}', constraint = 'refused'; end if;
              return new;
            end $$;
            create trigger refuse_{state} before insert on {table} for each row execute function refuse_{state}();
            """);
        var clock = new FakeClock();
        await using var engine = postgres.StartSingleNode(time: clock, patience: Patience);
        var idle = clock.Timers;
        var events = Enumerable.Range(0, 500).Select(i => Make(i == 123 ? marked : $"user-{i % 9}", session: $"{marked}-{i % 50}-{i == 123}", id: $"{state}-{i}")).ToArray();
        var outcomes = await AppendAsync(events);
        Assert.Equal(IngestOutcome.PoisonRow, outcomes[123]);
        Assert.Equal(499, outcomes.Count(outcome => outcome == IngestOutcome.Stored));
        Assert.Equal(499, await Recount.RowsAsync(postgres.Database, site));
        await Recount.AssertExactAsync(postgres.Database, site);
        Assert.Empty((await engine.ReadJourneyAsync(site, new JourneyQuery(marked), default)).Events);

        // Set aside once with its reason, whole, however often it is sent.
        Assert.Equal([IngestOutcome.PoisonRow], await AppendAsync(events[123]));
        Assert.Equal(1, await postgres.ScalarAsync<long>("select count(*) from dead_letters where site_id = $1", site.Id));
        Assert.Equal("poison-row", await postgres.ScalarAsync<string>("select reason from dead_letters where site_id = $1", site.Id));
        Assert.Contains($"{state}: no {marked} here", await postgres.ScalarAsync<string>("select detail from dead_letters where site_id = $1", site.Id));
        Assert.True(EventEncoder.TryDecode(await postgres.ScalarAsync<byte[]>("select event from dead_letters where site_id = $1", site.Id), out var kept));
        Assert.Equal(Describe(events[123]), Describe(kept));

        // Once the reason is gone, the same event can be stored: its id was not used up.
        await postgres.ExecuteAsync($"drop trigger refuse_{state} on {table}");
        Assert.Equal([IngestOutcome.Stored], await AppendAsync(events[123]));
        await Recount.AssertExactAsync(postgres.Database, site);

        async Task<IngestOutcome[]> AppendAsync(params EncodedEvent[] sent)
        {
            var append = engine.AppendAsync(site, sent, default).AsTask();
            await UntilAsync(append, clock, idle);
            return await append;
        }
    }

    [Fact]
    public async Task Several_bad_rows_in_one_batch_are_all_found()
    {
        var site = await postgres.AddSiteAsync();
        await postgres.ExecuteAsync("alter table events add constraint no_bad_type check (type <> 'bad')");
        await using var engine = postgres.StartSingleNode();
        var events = Enumerable.Range(0, 300).Select(i => Make($"user-{i % 9}", i % 60 == 7 ? "bad" : "good")).ToArray();
        var outcomes = await engine.AppendAsync(site, events, default);
        for (var i = 0; i < events.Length; i++) Assert.Equal(i % 60 == 7 ? IngestOutcome.PoisonRow : IngestOutcome.Stored, outcomes[i]);
        Assert.Equal(5, await postgres.ScalarAsync<long>("select count(*) from dead_letters where site_id = $1", site.Id));
        await Recount.AssertExactAsync(postgres.Database, site);
        await postgres.ExecuteAsync("alter table events drop constraint no_bad_type");
    }

    [Fact]
    public async Task While_an_internal_error_is_looked_into_other_events_are_stored()
    {
        var site = await postgres.AddSiteAsync();
        await postgres.ExecuteAsync("""
            create or replace function refuse_inside() returns trigger language plpgsql as $$
            begin
              if new.user_id = 'inside' then raise exception 'cache lookup failed' using errcode = 'XX000'; end if;
              return new;
            end $$;
            create trigger refuse_inside before insert on events for each row execute function refuse_inside();
            """);
        var clock = new FakeClock();        // the pauses between attempts last until the test moves it
        await using var engine = postgres.StartSingleNode(ingest: new IngestOptions { FlushSize = 1 }, time: clock, patience: Patience);
        var idle = clock.Timers;
        var bad = engine.AppendAsync(site, [Make("inside")], default).AsTask();
        await Wait.UntilAsync(() => engine.Buffer.IsFlushing, "the write of the bad event");
        for (var i = 0; i < 20; i++) Assert.Equal([IngestOutcome.Stored], await engine.AppendAsync(site, [Make($"outside-{i}")], default));
        Assert.False(bad.IsCompleted, "the bad event was decided before the others were stored");
        await UntilAsync(bad, clock, idle);
        Assert.Equal([IngestOutcome.PoisonRow], await bad);
        Assert.True(engine.Buffer.StoreAnswers);
        await Recount.AssertExactAsync(postgres.Database, site);
        await postgres.ExecuteAsync("drop trigger refuse_inside on events");
    }

    // Time passes only while somebody pauses, and not while the database works.
    private static Task UntilAsync(Task append, FakeClock clock, int idle) => Wait.UntilAsync(() =>
    {
        if (!append.IsCompleted && clock.Timers > idle) clock.Advance(TimeSpan.FromMilliseconds(20));
        return append.IsCompleted;
    }, "the answer");

    [Fact]
    public async Task Two_bad_rows_with_one_id_are_both_kept_and_the_same_one_once_whenever_it_arrives()
    {
        var site = await postgres.AddSiteAsync();
        await postgres.ExecuteAsync("alter table events add constraint no_twin check (type not like 'twin%')");
        await using var engine = postgres.StartSingleNode();
        foreach (var type in new[] { "twin", "twin", "twin other" })
            Assert.Equal([IngestOutcome.PoisonRow], await engine.AppendAsync(site, [Make(type: type, id: "one id")], default));
        Assert.Equal(2, await postgres.ScalarAsync<long>("select count(*) from dead_letters where site_id = $1", site.Id));
        Assert.Equal(1, await postgres.ScalarAsync<long>("select count(distinct key) from dead_letters where site_id = $1", site.Id));
        await postgres.ExecuteAsync("alter table events drop constraint no_twin");
    }

    [Fact]
    public async Task What_is_logged_of_a_refusal_does_not_repeat_the_data()
    {
        var site = await postgres.AddSiteAsync();
        await postgres.ExecuteAsync("""
            create or replace function refuse_loudly() returns trigger language plpgsql as $$
            begin
              if new.user_id = 'loud' then raise exception '% sent %', new.user_id, new.payload using errcode = '22P02'; end if;
              return new;
            end $$;
            create trigger refuse_loudly before insert on events for each row execute function refuse_loudly();
            """);
        await using var writer = postgres.Store.OpenWriter(0);
        var error = await Assert.ThrowsAsync<EventStoreException>(() => writer.WriteAsync(Rows(site, [Make("loud", payload: """{"card":"4111"}""")]), false, default));
        Assert.DoesNotContain("4111", error.ToString());
        Assert.Contains("22P02", error.Message);
        Assert.Contains("4111", error.Detail);
        await postgres.ExecuteAsync("drop trigger refuse_loudly on events");
    }
}
