using System.Text.Json.Nodes;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Jobs;
using GrainAnalytics.Core.Queries;
using GrainAnalytics.Core.Rollups;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.PostgreSql.Retention;
using GrainAnalytics.Testing;
using Xunit;

namespace GrainAnalytics.PostgreSql.Tests.Jobs;

public sealed class RetentionTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    // 20 April in Berlin: with 10 days everything before 10 April, 00:00 there, is too old.
    private readonly FakeClock _clock = new(new DateTimeOffset(2026, 4, 20, 12, 0, 0, TimeSpan.Zero));

    public async Task InitializeAsync()
    {
        await postgres.ExecuteAsync("delete from sites");
        await postgres.ExecuteAsync("truncate events, jobs");
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Events_beyond_the_limit_go_and_what_was_counted_stays()
    {
        await using var jobs = new Maintenance(postgres, _clock);
        await using var engine = postgres.StartSingleNode();
        var (site, other) = (await postgres.AddSiteAsync("Europe/Berlin"), await postgres.AddSiteAsync());
        var old = Events("old", "2026-03-20T12:00:00Z", "2026-04-09T21:59:59.999999Z", "2015-01-01T00:00:00Z", "2014-06-01T00:00:00Z");
        var kept = Events("kept", "2026-04-09T22:00:00Z", "2026-04-19T12:00:00Z", "2026-04-19T12:30:00Z");
        foreach (var owner in (Site[])[site, other]) await engine.AppendAsync(owner, [.. old, .. kept], default);
        var before = await StatisticsAsync(jobs, site);
        Assert.Equal(10, (await new PostgresRetention(postgres.Database).SetAsync(site.Id, 10, default))!.KeepDays);

        var result = await RunAsync(jobs, site);
        Assert.Equal((4, "2026-04-09T22:00:00.000Z", 0), ((int)result["removed"]!, (string)result["keptFrom"]!, result["emptied"]!.AsArray().Count));
        Assert.Equal((3, 7), (await Recount.RowsAsync(postgres.Database, site), await Recount.RowsAsync(postgres.Database, other)));
        Assert.Equal(before, await StatisticsAsync(jobs, site));
        Assert.Equal(TestEvents.At("2026-04-09T22:00:00Z"), (await new PostgresRetention(postgres.Database).ReadAsync(site.Id, default))!.KeptFrom);

        // What was removed is known; what is new and as old is counted, and goes the next time.
        var late = Events("late", "2026-03-21T12:00:00Z");
        Assert.Equal([.. Enumerable.Repeat(IngestOutcome.Duplicate, 4), IngestOutcome.Stored], await engine.AppendAsync(site, [.. old, .. late], default));
        Assert.Equal(1, (int)(await RunAsync(jobs, site))["removed"]!);
        Assert.Equal(3, await Recount.RowsAsync(postgres.Database, site));
        Assert.Contains("2026-03-21: 1", await StatisticsAsync(jobs, site));

        // Days that are whole are recounted, a session and a user that reach back beyond included; others are not, and neither is everything.
        await postgres.ExecuteAsync($"update event_hourly set events = events + 1 where site_id = {site.Id} and hour >= '2026-04-19'");
        Assert.Equal(["event_hourly"], (await jobs.RecountAsync(site, new DateOnly(2026, 4, 19))).Keys);
        Assert.Equal([], await jobs.RecountAsync(site, new DateOnly(2026, 4, 10)));
        Assert.Contains("removed by retention", (await Assert.ThrowsAsync<JobRefusedException>(() => jobs.RecountAsync(site, new DateOnly(2026, 4, 9)))).Message);
        var rebuild = await postgres.RunOneAsync(jobs.Rebuild, new NewJob(JobKinds.Rebuild, site.Id));
        Assert.Equal((JobState.Dead, 1), (rebuild.State, rebuild.Attempts));
        Assert.Equal("""{"events":7}""", (await postgres.RunOneAsync(jobs.Rebuild, new NewJob(JobKinds.Rebuild, other.Id))).Result);

        // More days do not bring anything back.
        await new PostgresRetention(postgres.Database).SetAsync(site.Id, 100, default);
        Assert.Equal("2026-04-09T22:00:00.000Z", (string)(await RunAsync(jobs, site))["keptFrom"]!);
    }

    [Fact]
    public async Task A_partition_that_no_site_keeps_is_emptied_and_still_takes_late_events()
    {
        await using var jobs = new Maintenance(postgres, _clock);
        await using var engine = postgres.StartSingleNode();
        var (site, other) = (await postgres.AddSiteAsync("Europe/Berlin"), await postgres.AddSiteAsync());
        foreach (var owner in (Site[])[site, other])
        {
            await engine.AppendAsync(owner, Events("e", "2026-02-20T12:00:00Z", "2026-03-20T12:00:00Z", "2026-04-19T12:00:00Z"), default);
            await new PostgresRetention(postgres.Database).SetAsync(owner.Id, owner == site ? 10 : 30, default);
        }
        Assert.Equal(2, (int)(await RunAsync(jobs, site))["removed"]!);
        // The other one has March from the 21st on: its own rows are removed, and February is nobody's now.
        var result = await RunAsync(jobs, other);
        Assert.Equal("""{"keptFrom":"2026-03-21T00:00:00.000Z","removed":1,"emptied":["events_2026_02"]}""", result.ToJsonString());
        Assert.Equal(0, await postgres.ScalarAsync<long>("select pg_relation_size('events_2026_02')"));
        Assert.Equal([IngestOutcome.Duplicate, IngestOutcome.Stored],
            await engine.AppendAsync(other, [.. Events("e", "2026-02-20T12:00:00Z"), .. Events("late", "2026-02-21T12:00:00Z")], default));
    }

    [Fact]
    public async Task Without_a_limit_everything_stays()
    {
        await using var jobs = new Maintenance(postgres, _clock);
        await using var engine = postgres.StartSingleNode();
        var site = await postgres.AddSiteAsync();
        await engine.AppendAsync(site, Events("e", "2014-02-20T12:00:00Z"), default);
        Assert.Equal(0, (int)(await RunAsync(jobs, site))["removed"]!);
        Assert.Equal(1, await Recount.RowsAsync(postgres.Database, site));
        Assert.Null((await new PostgresRetention(postgres.Database).ReadAsync(site.Id, default))!.KeptFrom);
    }

    private async Task<JsonNode> RunAsync(Maintenance jobs, Site site)
    {
        var job = await postgres.RunOneAsync(jobs.Retention, new NewJob(JobKinds.Retention, site.Id));
        Assert.True(job.State == JobState.Done, job.Error);
        return JsonNode.Parse(job.Result!)!;
    }

    private static EncodedEvent[] Events(string name, params string[] times) =>
        [.. times.Select(time => TestEvents.Make("ada", id: $"{name}-{time}", at: TestEvents.At(time), received: TestEvents.At("2026-04-20T11:00:00Z"), session: "long", facts: TestEvents.Facts(path: "/")))];

    private static async Task<string> StatisticsAsync(Maintenance jobs, Site site)
    {
        var range = new StatsRange(site, new DateOnly(2014, 1, 1), new DateOnly(2026, 4, 20));
        var lines = (await jobs.Queries.ActiveUsersAsync(range, Period.Day, default)).Where(day => day.Users > 0).Select(day => $"{day.Start:yyyy-MM-dd}: {day.Users}").ToList();
        lines.AddRange((await jobs.Queries.PagesAsync(range, 10, default)).Select(page => page.ToString()));
        return string.Join('\n', lines);
    }
}
