using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Journeys;
using GrainAnalytics.Testing;
using Xunit;
using static GrainAnalytics.Testing.TestEvents;

namespace GrainAnalytics.PostgreSql.Tests;

public sealed class PoisonTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Theory]
    [InlineData("23514", "events")]
    [InlineData("22021", "events")]
    [InlineData("22P02", "sessions")]
    [InlineData("54000", "events")]
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
        await using var engine = postgres.StartSingleNode();
        var events = Enumerable.Range(0, 500).Select(i => Make(i == 123 ? marked : $"user-{i % 9}", session: $"{marked}-{i % 50}-{i == 123}", id: $"{state}-{i}")).ToArray();
        var outcomes = await engine.AppendAsync(site, events, default);
        Assert.Equal(IngestOutcome.PoisonRow, outcomes[123]);
        Assert.Equal(499, outcomes.Count(outcome => outcome == IngestOutcome.Stored));
        Assert.Equal(499, await Recount.RowsAsync(postgres.Database, site));
        await Recount.AssertExactAsync(postgres.Database, site);
        Assert.Empty((await engine.ReadJourneyAsync(site, new JourneyQuery(marked), default)).Events);

        // Set aside once with its reason, whole, however often it is sent.
        Assert.Equal([IngestOutcome.PoisonRow], await engine.AppendAsync(site, [events[123]], default));
        Assert.Equal(1, await postgres.ScalarAsync<long>("select count(*) from dead_letters where site_id = $1", site.Id));
        Assert.Equal("poison-row", await postgres.ScalarAsync<string>("select reason from dead_letters where site_id = $1", site.Id));
        Assert.Contains($"{state}: no {marked} here", await postgres.ScalarAsync<string>("select detail from dead_letters where site_id = $1", site.Id));
        Assert.True(EventEncoder.TryDecode(await postgres.ScalarAsync<byte[]>("select event from dead_letters where site_id = $1", site.Id), out var kept));
        Assert.Equal(Describe(events[123]), Describe(kept));

        // Once the reason is gone, the same event can be stored: its id was not used up.
        await postgres.ExecuteAsync($"drop trigger refuse_{state} on {table}");
        Assert.Equal([IngestOutcome.Stored], await engine.AppendAsync(site, [events[123]], default));
        await Recount.AssertExactAsync(postgres.Database, site);
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
}
