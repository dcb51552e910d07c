using GrainAnalytics.Browser.Tests.Support;
using Microsoft.Playwright;

namespace GrainAnalytics.Browser.Tests;

/// <summary>Which pages are seen, by whom, and in which visit.</summary>
[Collection(WorldCollection.Name)]
public sealed class ViewTests(World world)
{
    private static string[] Views(IEnumerable<Seen> seen) => [.. seen.Where(each => each.Type == "page_view").Select(each => each.Url)];

    [Fact]
    public async Task One_line_of_html_counts_a_view()
    {
        var site = world.Pages.Add(world.Line());
        await using var visitor = await Visitor.ComeAsync(world);
        var page = await visitor.OpenAsync(site["start?utm_source=letter#top"]);
        var id = await Visitor.IdAsync(page);
        await page.GotoAsync(site["next"], new() { Referer = site["start"] });
        var seen = await world.UntilAsync(id, seen => Views(seen).Length == 2, "two views");
        var (first, second) = (seen.First(each => each.Type == "page_view"), seen.Last(each => each.Type == "page_view"));
        Assert.Equal((site["start?utm_source=letter"], "", "start"), (first.Url, first["referrer"], first["title"]));
        Assert.Equal((site["next"], site["start"], "next"), (second.Url, second["referrer"], second["title"]));
        Assert.NotNull(first.Session);
        Assert.All(seen, each => Assert.Equal((first.Session, id, '7'), (each.Session, each.User, each.Id[14])));
        Assert.Equal(seen.Length, seen.Select(each => each.Id).Distinct().Count());
        Assert.InRange(first.At, DateTimeOffset.UtcNow.AddMinutes(-15), DateTimeOffset.UtcNow);
        Assert.Empty(await visitor.Context.CookiesAsync());
    }

    [Fact]
    public async Task Routes_of_an_application_are_views()
    {
        var site = world.Pages.Add(world.Line());
        await using var visitor = await Visitor.ComeAsync(world);
        var page = await visitor.OpenAsync(site["start"]);
        // As applications do it: the address first, the title when the page is drawn.
        await page.EvaluateAsync("go = path => { history.pushState({}, '', path); setTimeout(() => document.title = 'title of ' + path, 20); }; go('one')");
        var id = await Visitor.IdAsync(page);
        await world.UntilAsync(id, seen => Views(seen).Length >= 2, "the view of the first route");
        await page.EvaluateAsync("history.replaceState({}, '', 'one?filter=a'); history.replaceState({}, '', 'one?filter=ab'); history.pushState({}, '', '#part')");
        await page.EvaluateAsync("go('two')");
        await page.EvaluateAsync("history.replaceState({}, '', 'three')");
        await page.GoBackAsync();
        await page.EvaluateAsync("go('last')");
        await Visitor.SentAsync(page);
        string[] expected = [site["start"], site["one"], site["two"], site["three"], site["one?filter=ab"], site["last"]];
        var seen = await world.UntilAsync(id, seen => Views(seen).Length >= expected.Length, "the view of every route");
        Assert.Equal(expected, Views(seen));
        var views = seen.Where(each => each.Type == "page_view").ToArray();
        Assert.Equal("title of one", views[1]["title"]);
        Assert.Equal("title of last", views[^1]["title"]);
        Assert.Equal(expected[..^1], views[1..].Select(each => each["referrer"]));
    }

    [Theory]
    [InlineData("", 1), InlineData("data-ga-hash", 3)]
    public async Task Hash_routes_are_views_where_the_page_says_so(string attribute, int views)
    {
        var site = world.Pages.Add(world.Line(attribute));
        await using var visitor = await Visitor.ComeAsync(world);
        var page = await visitor.OpenAsync(site["app#/a"]);
        await page.EvaluateAsync("location.hash = '/b'");
        await page.EvaluateAsync("history.pushState({}, '', '#/c')");
        await page.WaitForTimeoutAsync(400);
        await Visitor.SentAsync(page);
        var seen = await world.UntilAsync(await Visitor.IdAsync(page), seen => Views(seen).Length >= views, $"{views} views");
        Assert.Equal(views == 1 ? [site["app"]] : [site["app#/a"], site["app#/b"], site["app#/c"]], Views(seen));
    }

    [Fact]
    public async Task Tabs_share_visitor_and_session_and_lose_nothing_to_each_other()
    {
        var site = world.Pages.Add(world.Line());
        await using var visitor = await Visitor.ComeAsync(world);
        IPage a = await visitor.OpenAsync(site["a"]), b = await visitor.OpenAsync(site["b"]);
        const int Each = 40;
        await Task.WhenAll(((IPage[])[a, b]).Select(page => page.EvaluateAsync($"(async () => {{ for (let i = 0; i < {Each}; i++) {{ ga.track('tick', {{ i }}); await new Promise(r => setTimeout(r, 5)); }} }})()")));
        await Visitor.SentAsync(a);
        var seen = await world.UntilAsync(await Visitor.IdAsync(a), seen => seen.Count(each => each.Type == "tick") >= 2 * Each, "every tick of both tabs");
        Assert.Equal(await Visitor.IdAsync(a), await Visitor.IdAsync(b));
        Assert.Single(seen.Select(each => each.Session).Distinct());
        foreach (var url in (string[])[site["a"], site["b"]])
            Assert.Equal(Enumerable.Range(0, Each), seen.Where(each => each.Type == "tick" && each.Url == url).Select(each => int.Parse(each["i"]!)).Order());
    }

    [Fact]
    public async Task Half_an_hour_without_an_event_ends_a_session()
    {
        var site = world.Pages.Add(world.Line());
        await using var visitor = await Visitor.ComeAsync(world);
        var page = await visitor.OpenAsync(site["start"]);
        await page.EvaluateAsync("ga.track('before')");
        const string Idle = "minutes => { const [id, at] = localStorage.ga_session.split(' '); localStorage.ga_session = id + ' ' + (at - minutes * 6e4); ga.track('after' + minutes); }";
        await page.EvaluateAsync(Idle, 29);
        await page.EvaluateAsync(Idle, 31);
        string[] types = ["before", "after29", "after31"];
        var seen = await world.UntilAsync(await Visitor.IdAsync(page), seen => types.All(type => seen.Any(each => each.Type == type)), "all three events");
        string? Session(string type) => seen.Single(each => each.Type == type).Session;
        Assert.Equal(Session("before"), Session("after29"));
        Assert.NotEqual(Session("before"), Session("after31"));
    }

    [Fact]
    public async Task Script_that_no_node_was_there_to_minify_does_the_same()
    {
        world.Gate.Script = Web.Tracker.ScriptSource.Link("tracker.js");
        try
        {
            var site = world.Pages.Add(world.Line());
            await using var visitor = await Visitor.ComeAsync(world);
            var page = await visitor.OpenAsync(site["start"]);
            await page.EvaluateAsync("ga.track('custom'); history.pushState({}, '', 'route')");
            await page.GotoAsync(site["next"]);
            var seen = await world.UntilAsync(await Visitor.IdAsync(page), seen => Views(seen).Length >= 3 && seen.Any(each => each.Type == "custom"), "three views and an event");
            Assert.Equal([site["start"], site["route"], site["next"]], Views(seen));
        }
        finally
        {
            world.Gate.Script = null;
        }
    }

    [Fact]
    public async Task A_page_without_scripts_counts_with_a_picture()
    {
        var picture = $"<noscript><img src=\"{world.Gate.Address}/v1/pixel.gif?writeKey={Uri.EscapeDataString(World.WriteKey)}\" referrerpolicy=\"no-referrer-when-downgrade\" alt=\"\"></noscript>";
        var site = world.Pages.Add(world.Line(), picture);
        await using var visitor = await Visitor.ComeAsync(world, new() { JavaScriptEnabled = false });
        await visitor.OpenAsync(site["start"]);
        var seen = Assert.Single(await world.LatestAsync(each => each.Url == site["start"], 1));
        Assert.Equal("page_view", seen.Type);
        Assert.StartsWith("cl_", seen.User);
    }
}
