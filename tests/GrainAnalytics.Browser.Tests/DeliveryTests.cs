using System.Text.Json.Nodes;
using GrainAnalytics.Browser.Tests.Support;
using GrainAnalytics.Testing;

namespace GrainAnalytics.Browser.Tests;

/// <summary>Every event arrives once, whatever the network, the server or the visitor does.</summary>
[Collection(WorldCollection.Name)]
public sealed class DeliveryTests(World world) : IAsyncLifetime
{
    // Returns between which two times each was made.
    private const string Ticks = """
        (async ([from, to]) => {
          const made = [];
          for (let i = from; i < to; i++) {
            const before = Date.now();
            ga.track('tick', { i });
            made.push([before, Date.now()]);
            await new Promise(r => setTimeout(r, 10));
          }
          return made;
        })
        """;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync()
    {
        world.Gate.Mode = GateMode.Open;
        return Task.CompletedTask;
    }

    private static void AreOnce(int count, Seen[] seen)
    {
        Assert.Equal(Enumerable.Range(0, count), seen.Where(each => each.Type == "tick").Select(each => int.Parse(each["i"]!)).Order());
        Assert.Equal(seen.Length, seen.Select(each => each.Id).Distinct().Count());
    }

    [Fact]
    public async Task What_happens_offline_arrives_when_the_network_is_back_at_the_time_it_happened()
    {
        var site = world.Pages.Add(world.Line());
        await using var visitor = await Visitor.ComeAsync(world);
        var page = await visitor.OpenAsync(site["start"]);
        await Visitor.SentAsync(page);
        await visitor.Context.SetOfflineAsync(true);
        var made = await page.EvaluateAsync<double[][]>(Ticks, new[] { 0, 30 });
        await page.WaitForTimeoutAsync(1500);
        Assert.DoesNotContain(await world.JourneyAsync(await Visitor.IdAsync(page)), each => each.Type == "tick");
        await visitor.Context.SetOfflineAsync(false);
        await Visitor.SentAsync(page);
        var seen = await world.JourneyAsync(await Visitor.IdAsync(page));
        AreOnce(30, seen);
        AreAtTheirTime(made, seen);
    }

    // The page knows when each happened, by its own clock. The server moves that by how long the request was under way: as far for all
    // of one request, and no further than it took.
    private void AreAtTheirTime(double[][] made, Seen[] seen)
    {
        var ticks = seen.Where(each => each.Type == "tick").ToDictionary(each => each.Id);
        var posts = world.Gate.Accepted.Select(post => (Events: JsonNode.Parse(post.Body)!.AsArray(), post.At)).ToArray();
        var checkedIds = new HashSet<string>();
        foreach (var (events, answered) in posts)
        {
            var shifts = new List<double>();
            foreach (var sent in events)
            {
                if (!ticks.TryGetValue((string)sent!["eventId"]!, out var tick) || !checkedIds.Add(tick.Id)) continue;
                var occurred = DateTimeOffset.Parse((string)sent["occurredAt"]!);
                var (before, after) = (made[int.Parse(tick["i"]!)][0], made[int.Parse(tick["i"]!)][1]);
                Assert.InRange(occurred.ToUnixTimeMilliseconds(), before, after);
                var shift = (tick.At - occurred).TotalMilliseconds;
                Assert.InRange(shift, -2, (answered - DateTimeOffset.Parse((string)sent["sentAt"]!)).TotalMilliseconds + 2);
                shifts.Add(shift);
            }
            if (shifts.Count > 0) Assert.InRange(shifts.Max() - shifts.Min(), 0, 2);
        }
        Assert.Equal(ticks.Count, checkedIds.Count);
    }

    [Fact]
    public async Task What_a_tab_that_was_closed_offline_left_arrives_with_the_next_page()
    {
        var site = world.Pages.Add(world.Line());
        await using var visitor = await Visitor.ComeAsync(world);
        var page = await visitor.OpenAsync(site["start"]);
        await Visitor.SentAsync(page);
        await visitor.Context.SetOfflineAsync(true);
        await page.EvaluateAsync(Ticks, new[] { 0, 25 });
        await page.CloseAsync(new() { RunBeforeUnload = true });
        await Wait.UntilAsync(() => visitor.Context.Pages.Count == 0, "the tab to be closed", World.Patience);
        await visitor.Context.SetOfflineAsync(false);
        var next = await visitor.OpenAsync(site["next"]);
        await Visitor.SentAsync(next);
        AreOnce(25, await world.JourneyAsync(await Visitor.IdAsync(next)));
    }

    [Fact]
    public async Task Nothing_is_doubled_when_answers_are_lost_or_the_server_says_try_again()
    {
        var site = world.Pages.Add(world.Line());
        await using var visitor = await Visitor.ComeAsync(world);
        var page = await visitor.OpenAsync(site["start"]);
        await Visitor.SentAsync(page);
        world.Gate.Mode = GateMode.Busy;
        await page.EvaluateAsync(Ticks, new[] { 0, 10 });
        world.Gate.Mode = GateMode.Deaf;        // stored, and nobody hears of it
        await page.EvaluateAsync("dispatchEvent(new Event('online'))");
        await page.EvaluateAsync(Ticks, new[] { 10, 20 });
        await world.UntilAsync(await Visitor.IdAsync(page), seen => seen.Count(each => each.Type == "tick") >= 10, "what was stored without an answer");
        var heard = world.Gate.Posts.Count;
        world.Gate.Mode = GateMode.Open;
        await Visitor.SentAsync(page);          // by itself, after its pause
        Assert.True(world.Gate.Posts.Count > heard, "nothing was sent again");
        AreOnce(20, await world.JourneyAsync(await Visitor.IdAsync(page)));
    }

    [Fact]
    public async Task Nothing_is_lost_or_doubled_when_the_server_is_killed()
    {
        var site = world.Pages.Add(world.Line());
        await using var visitor = await Visitor.ComeAsync(world);
        var page = await visitor.OpenAsync(site["start"]);
        await page.EvaluateAsync(Ticks, new[] { 0, 10 });
        var ticking = page.EvaluateAsync(Ticks, new[] { 10, 60 });
        await world.KillServerAsync();
        await ticking;
        await world.StartServerAsync();
        await page.ReloadAsync();
        await Visitor.SentAsync(page);
        AreOnce(60, await world.JourneyAsync(await Visitor.IdAsync(page)));
    }

    [Fact]
    public async Task The_queue_keeps_the_newest_hundred()
    {
        var site = world.Pages.Add(world.Line());
        await using var visitor = await Visitor.ComeAsync(world);
        var page = await visitor.OpenAsync(site["start"]);
        await Visitor.SentAsync(page);
        await visitor.Context.SetOfflineAsync(true);
        await page.EvaluateAsync(Ticks, new[] { 0, 150 });
        await visitor.Context.SetOfflineAsync(false);
        await Visitor.SentAsync(page);
        var ticks = (await world.JourneyAsync(await Visitor.IdAsync(page))).Where(each => each.Type == "tick").Select(each => int.Parse(each["i"]!)).Order().ToArray();
        Assert.InRange(ticks.Length, 90, 101);  // the time on the page takes places, too
        Assert.Equal(Enumerable.Range(150 - ticks.Length, ticks.Length), ticks);
    }

    [Fact]
    public async Task Events_are_sent_without_asking_first()
    {
        var site = world.Pages.Add(world.Line());
        await using var visitor = await Visitor.ComeAsync(world);
        var methods = new List<string>();
        visitor.Context.Request += (_, request) => { if (request.Url.Contains("/v1/events", StringComparison.Ordinal)) methods.Add($"{request.Method} {request.Headers["content-type"]}"); };
        var page = await visitor.OpenAsync(site["start"]);
        await Visitor.SentAsync(page);
        Assert.Equal(["POST text/plain;charset=UTF-8"], methods.Distinct());
    }
}
