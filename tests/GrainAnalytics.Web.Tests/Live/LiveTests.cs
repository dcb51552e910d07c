using System.Diagnostics;
using GrainAnalytics.Core.Live;
using GrainAnalytics.Testing;
using GrainAnalytics.Web.Live;
using GrainAnalytics.Web.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace GrainAnalytics.Web.Tests.Live;

public sealed class LiveTests(LiveServer server) : IClassFixture<LiveServer>, IAsyncLifetime
{
    public Task InitializeAsync() => Midnight.PassAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_snapshot_comes_first_and_an_update_follows_every_post()
    {
        var (client, snapshot) = await LiveClient.WatchAsync(server.Reader);
        using var closes = client;
        var headers = client.Response.Headers;
        Assert.Equal(("text/event-stream", "no-store", "no"), (client.Response.Content.Headers.ContentType!.ToString(), headers.CacheControl!.ToString(), headers.GetValues("X-Accel-Buffering").Single()));
        Assert.Equal(["date", "timeZone", "activeUsers", "activeNow", "counters", "events"], snapshot.AsObject().Select(member => member.Key));
        Assert.Equal((DateTime.UtcNow.ToString("yyyy-MM-dd"), "UTC"), ((string)snapshot["date"]!, (string)snapshot["timeZone"]!));
        await AssertEqualAsync(client);
        for (var i = 0; i < 5; i++)
        {
            var answer = await server.Writer.SendAsync($$$"""{"type":"follow","userId":"follow-{{{i}}}","payload":{"a":{{{"\r\n"}}} "line\nbreak"}}""");
            var id = (string)answer["eventIds"]![0]!;
            await client.UntilAsync(() => client.EventIds.Contains(id));
            await AssertEqualAsync(client);
        }
    }

    [Fact]
    public async Task Under_a_flood_there_are_ten_updates_a_second_and_the_last_one_is_right()
    {
        var (client, _) = await LiveClient.WatchAsync(server.Reader);
        using var closes = client;
        var clock = Stopwatch.StartNew();
        var before = client.Updates;
        var flood = Task.WhenAll(Enumerable.Range(0, 8).Select(async sender =>
        {
            for (var i = 0; i < 400; i++) await server.Writer.SendAsync($$"""{"type":"flood-{{i % 5}}","userId":"flood-{{sender}}-{{i % 40}}"}""");
        }));
        await client.UntilAsync(() => Enumerable.Range(0, 5).All(i => client.Counters.GetValueOrDefault($"flood-{i}") == 640));
        // The first at once, then one an interval; users who are active now fall out by the second.
        Assert.InRange(client.Updates - before, 2, clock.ElapsedMilliseconds / 100 + 2);
        await flood;
        await AssertEqualAsync(client);
    }

    [Fact]
    public async Task Many_viewers_see_the_same_and_a_reconnect_gets_a_fresh_snapshot()
    {
        var opened = await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => LiveClient.WatchAsync(server.Reader)));
        var answer = await server.Writer.SendAsync("""[{"type":"many","userId":"m1"},{"type":"many","userId":"m2"},{"type":"identify","userId":"m3"}]""");
        foreach (var (client, _) in opened) await client.UntilAsync(() => answer["eventIds"]!.AsArray().All(id => client.EventIds.Contains((string)id!)));
        foreach (var (client, _) in opened) await AssertEqualAsync(client);
        foreach (var (client, _) in opened) client.Dispose();
        var (again, snapshot) = await LiveClient.WatchAsync(server.Reader);
        using var closes = again;
        Assert.Equal(answer["eventIds"]!.AsArray().Select(id => (string)id!).Order(), snapshot["events"].Texts("eventId").Take(3).Order());
        await AssertEqualAsync(again);
    }

    [Fact]
    public async Task The_key_decides_whose_events_are_seen()
    {
        await Midnight.PassAsync("Asia/Tokyo");
        await server.QueryAsync("""
            with made as (insert into sites (name, time_zone) values ('other', 'Asia/Tokyo') returning site_id)
            insert into site_keys (key_hash, site_id, kind) select sha256('other-key'), site_id, 'api' from made returning to_json(site_id)::text
            """);
        // A browser's EventSource can send no header.
        var (other, snapshot) = await LiveClient.WatchAsync(server.Anyone, "?writeKey=other-key");
        using var closes = other;
        Assert.Equal(("Asia/Tokyo", 0), ((string)snapshot["timeZone"]!, snapshot["counters"]!.AsObject().Count));
        await server.Writer.SendAsync("""{"type":"secret","userId":"secret"}""");
        using var mine = await server.Anyone.PostAsync("/v1/events?writeKey=other-key", new StringContent("""{"type":"own","userId":"own"}"""));
        await other.UntilAsync(() => other.Counters.ContainsKey("own"));
        Assert.Equal(["own"], other.Counters.Keys);
        Assert.Single(other.EventIds);
    }

    [Fact]
    public async Task Head_says_what_get_would_and_ends()
    {
        using var response = await server.Reader.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/v1/live"));
        Assert.Equal(("text/event-stream", 200), (response.Content.Headers.ContentType!.MediaType, (int)response.StatusCode));
    }

    // Those who are active now grow fewer by the second, so the rows are asked again whenever what is shown is not what they said.
    private Task AssertEqualAsync(LiveClient client) => Wait.UntilAsync(async () =>
    {
        var (counters, users, now, _) = await server.TodayAsync();
        if (counters.OrderBy(c => c.Key).SequenceEqual(client.Counters.Where(c => c.Value != 0).OrderBy(c => c.Key)) && (client.ActiveUsers, client.ActiveNow) == (users, now)) return true;
        if (await client.HasMoreAsync(TimeSpan.FromMilliseconds(200))) Assert.NotNull(await client.NextAsync());
        return false;
    }, "what the rows say at the viewer");
}

/// <summary>A server with room for two viewers, which hears of them often.</summary>
public sealed class SmallLiveServer : LiveServer
{
    protected override IEnumerable<string> Settings => ["--Live:MaxViewers=2", "--Live:Heartbeat=00:00:01"];
}

public sealed class LiveLimitTests(SmallLiveServer server) : IClassFixture<SmallLiveServer>
{
    [Fact]
    public async Task One_viewer_too_many_is_told_to_come_back()
    {
        await UntilNobodyWatchesAsync();
        var (first, _) = await LiveClient.WatchAsync(server.Reader);
        using (first)
        {
            var (second, _) = await LiveClient.WatchAsync(server.Reader);
            using (var third = await server.Reader.GetAsync("/v1/live", HttpCompletionOption.ResponseHeadersRead))
            {
                await third.ProblemAsync(503, "too-many-viewers");
                Assert.NotNull(third.Headers.RetryAfter);
            }
            second.Dispose();
            await Wait.UntilAsync(async () =>
            {
                using var again = await server.Reader.GetAsync("/v1/live", HttpCompletionOption.ResponseHeadersRead);
                return again.IsSuccessStatusCode;
            }, "room for a viewer");
        }
    }

    [Fact]
    public async Task A_quiet_stream_is_kept_alive_by_comments()
    {
        await UntilNobodyWatchesAsync();
        var (client, _) = await LiveClient.WatchAsync(server.Reader);
        using var closes = client;
        foreach (var line in new[] { "", ":", "", ":", "" }) Assert.Equal(line, await client.LineAsync());
    }

    // Of viewers who left the server hears a little later.
    private Task UntilNobodyWatchesAsync()
    {
        var hub = server.App.Services.GetRequiredService<LiveHub>();
        return Wait.UntilAsync(() => hub.Viewers == 0, "the leaving of other tests' viewers");
    }
}

public sealed class LiveLifeTests
{
    [Fact]
    public async Task The_first_snapshot_equals_the_rows_and_stopping_ends_streams_at_once_and_whole()
    {
        await Midnight.PassAsync();
        var server = new LiveServer();
        await server.InitializeAsync();
        try
        {
            for (var i = 0; i < 30; i++)
                await server.Writer.SendAsync($$"""{"type":"seed-{{i % 3}}","userId":"seed-{{i % 7}}","occurredAt":"{{DateTime.UtcNow.AddMinutes(-i % 9):O}}"}""");
            var (client, snapshot) = await LiveClient.WatchAsync(server.Reader);
            using var closes = client;
            var (counters, users, now, latest) = await server.TodayAsync();
            Assert.Equal(counters.OrderBy(c => c.Key), client.Counters.OrderBy(c => c.Key));
            Assert.Equal((users, now), (client.ActiveUsers, client.ActiveNow));
            Assert.Equal(latest, snapshot["events"].Texts("eventId"));
            var stop = server.App.StopAsync();
            // Whole: a stream that were cut when patience ends would throw here.
            while (await client.NextAsync() is not null) { }
            await Wait.ForAsync(stop, "the end of the server");
        }
        finally
        {
            await server.DisposeAsync();
        }
    }
}
