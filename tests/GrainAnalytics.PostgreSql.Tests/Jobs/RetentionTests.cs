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
        // A rebuild makes the days again that are whole, and leaves the others.
        var whole = await StatisticsAsync(jobs, site);
        await postgres.ExecuteAsync($"""
            update period_users set users = users + 7 where site_id = {site.Id} and start >= '2026-04-12';
            update session_days set sessions = 5 where site_id = {site.Id} and day >= '2026-04-10';
            delete from value_months where site_id = {site.Id} and month > '2026-04-01';
            delete from value_users where site_id = {site.Id} and day >= '2026-04-10'
            """);
        Assert.NotEqual(whole, await StatisticsAsync(jobs, site));
        Assert.Equal("""{"events":3}""", (await postgres.RunOneAsync(jobs.Rebuild, new NewJob(JobKinds.Rebuild, site.Id))).Result);
        Assert.Equal(whole, await StatisticsAsync(jobs, site));
        Assert.Equal([], await jobs.RecountAsync(site, new DateOnly(2026, 4, 19)));
        Assert.Equal("""{"events":7}""", (await postgres.RunOneAsync(jobs.Rebuild, new NewJob(JobKinds.Rebuild, other.Id))).Result);

        // More days do not bring anything back.
        await new PostgresRetention(postgres.Database).SetAsync(site.Id, 100, default);
        Assert.Equal("2026-04-09T22:00:00.000Z", (string)(await RunAsync(jobs, site))["keptFrom"]!);
    }

    [Fact]
    public async Task After_retention_a_change_of_the_zone_moves_what_is_kept_and_leaves_the_days_before()
    {
        await using var jobs = new Maintenance(postgres, _clock);
        await using var engine = postgres.StartSingleNode();
        var site = await postgres.AddSiteAsync("Europe/Berlin");
        await postgres.AddSiteAsync();      // keeps everything, so that partitions stay
        // Kept is what happened from 9 April, 22:00 UTC on: midnight of the 10th in Berlin, 18:00 of the 9th in New York, where it stays with the 10th.
        await engine.AppendAsync(site, [.. Events("old", "2026-03-20T12:00:00Z", "2026-04-08T23:30:00Z", "2026-04-09T21:59:00Z"),
            .. Events("kept", "2026-04-09T22:00:00Z", "2026-04-10T03:00:00Z", "2026-04-10T23:00:00Z", "2026-04-13T02:00:00Z", "2026-04-13T12:00:00Z")], default);
        await new PostgresRetention(postgres.Database).SetAsync(site.Id, 10, default);
        Assert.Equal(3, (int)(await RunAsync(jobs, site))["removed"]!);
        var before = await EverythingAsync(jobs, site);
        Assert.Contains("2026-04-10: 1\n2026-04-11: 1\n2026-04-13: 1", before);

        var moved = await jobs.RezoneAsync(site, "America/New_York");
        Assert.Equal("Europe/Berlin until 2026-04-09T22:00:00.000Z, America/New_York", moved.Clock.Zones);
        var after = await EverythingAsync(jobs, moved);
        Assert.StartsWith("2026-03-20: 1\n2026-04-09: 1\n2026-04-10: 1\n2026-04-12: 1\n2026-04-13: 1\n", after);
        Assert.Contains("2026-03-20 page_view 1\n2026-04-09 page_view 2\n2026-04-10 page_view 3\n2026-04-12 page_view 1\n2026-04-13 page_view 1\n", after);
        // Who was first seen before what is kept still was; the weeks of 6 and 13 April, which the change cuts or follows, have the user once each.
        Assert.Contains("week of 2026-03-16: 1 0 0 1 1", after);
        Assert.Contains("events 8, first 2026-03-20T12:00:00.000Z", after);
        Assert.Equal(new Dictionary<string, long>(), await jobs.RecountAsync(moved, new DateOnly(2026, 4, 10)));
        Assert.Equal(new Dictionary<string, long>(), await jobs.RecountAsync(moved, new DateOnly(2026, 4, 13)));
        await Assert.ThrowsAsync<JobRefusedException>(() => jobs.RecountAsync(moved, new DateOnly(2026, 4, 9)));

        // A late event of before the boundary is of an old day, one of behind it of a new day.
        await engine.AppendAsync(site, Events("late", "2026-04-08T23:45:00Z", "2026-04-13T03:00:00Z"), default);
        Assert.Contains("2026-04-09 page_view 3\n2026-04-10 page_view 3\n2026-04-12 page_view 2\n", await EverythingAsync(jobs, moved));

        // The next run of retention moves the boundary to a day of New York; what lies between the two keeps these days for good.
        _clock.Advance(TimeSpan.FromDays(2));
        Assert.Equal("2026-04-12T04:00:00.000Z", (string)(await RunAsync(jobs, moved))["keptFrom"]!);
        var third = await jobs.RezoneAsync(moved, "Asia/Kolkata");
        Assert.Equal("Europe/Berlin until 2026-04-09T22:00:00.000Z, America/New_York until 2026-04-12T04:00:00.000Z, Asia/Kolkata", third.Clock.Zones);
        Assert.Contains("2026-04-09 page_view 3\n2026-04-10 page_view 3\n2026-04-13 page_view 3\n", await EverythingAsync(jobs, third));
        Assert.Equal(moved.Clock.Zones, (await jobs.RezoneAsync(third, "America/New_York")).Clock.Zones);
        Assert.Contains("2026-04-09 page_view 3\n2026-04-10 page_view 3\n2026-04-12 page_view 2\n2026-04-13 page_view 1\n", await EverythingAsync(jobs, moved));
    }

    private static async Task<string> EverythingAsync(Maintenance jobs, Site site)
    {
        var range = new StatsRange(site, new DateOnly(2026, 3, 1), new DateOnly(2026, 4, 20));
        var lines = (await jobs.Queries.ActiveUsersAsync(range, Period.Day, default)).Where(day => day.Users > 0).Select(day => $"{day.Start:yyyy-MM-dd}: {day.Users}").ToList();
        lines.AddRange((await jobs.Queries.MetricsAsync(range, null, default)).SelectMany(day => day.Metrics.Select(metric => $"{day.Date:yyyy-MM-dd} {metric.Type} {metric.Count}")));
        lines.AddRange((await jobs.Queries.RetentionAsync(range, Period.Week, 4, range.To, default)).Select(cohort => $"week of {cohort.Start:yyyy-MM-dd}: {string.Join(' ', cohort.Retained)}"));
        lines.AddRange((await jobs.Queries.PagesAsync(range, 10, default)).Select(page => page.ToString()));
        lines.Add((await jobs.Queries.SessionsAsync(range, default)).ToString());
        var user = (await jobs.Queries.FindUserAsync(site, "ada", default))!;
        lines.Add($"events {user.Events}, first {Core.Text.Instant.ToText(user.FirstSeenAt)}");
        return string.Join('\n', lines);
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
