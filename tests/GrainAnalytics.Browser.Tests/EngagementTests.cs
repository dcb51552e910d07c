using System.Diagnostics;
using GrainAnalytics.Browser.Tests.Support;
using Xunit.Abstractions;

namespace GrainAnalytics.Browser.Tests;

/// <summary>Time on page against a script that knows it, in a browser whose tabs are really hidden and really lose the keyboard.</summary>
[Collection(WorldCollection.Name)]
public sealed class EngagementTests(World world, ITestOutputHelper output) : IAsyncLifetime
{
    private const string Long = "<div style='height:9000px'></div>";

    private Chrome _chrome = null!;

    public async Task InitializeAsync() => _chrome = await Chrome.StartAsync();

    public async Task DisposeAsync() => await _chrome.DisposeAsync();

    // Milliseconds that somebody looks at what is in front.
    private static async Task<double> LookAsync(double milliseconds)
    {
        var watch = Stopwatch.StartNew();
        await Task.Delay(TimeSpan.FromMilliseconds(milliseconds));
        return watch.Elapsed.TotalMilliseconds;
    }

    private static double Engaged(Seen[] seen, string url) =>
        seen.Where(each => each.Type == "engagement" && each.Url == url).Sum(each => double.Parse(each["engagedMs"]!));

    private void IsWithinFivePercent(string what, double truth, double measured)
    {
        output.WriteLine($"{what}: truth {truth:0} ms, measured {measured:0} ms, {(measured / truth - 1) * 100:+0.00;-0.00} %");
        Assert.InRange(measured, truth * .95, truth * 1.05);
    }

    [Fact]
    public async Task Time_counts_while_a_page_is_seen_and_has_the_keyboard()
    {
        var site = world.Pages.Add(world.Line(), Long);
        var tab = await _chrome.OpenAsync(site["start"]);
        var watch = Stopwatch.StartNew();
        var id = (await tab.EvaluateAsync("localStorage.ga_id"))!;
        double truth = 0;
        await Task.Delay(4000);
        truth += watch.Elapsed.TotalMilliseconds;
        var other = await _chrome.OpenAsync("about:blank");         // hidden
        await tab.UntilAsync("document.hidden");
        await Task.Delay(3000);
        await tab.ShowAsync();
        truth += await LookAsync(4000);
        await _chrome.SearchTabsAsync(true);                        // blurred
        await tab.UntilAsync("!document.hidden && !document.hasFocus()");
        await Task.Delay(3000);
        await _chrome.SearchTabsAsync(false);
        await tab.UntilAsync("document.hasFocus()");
        truth += await LookAsync(4000);
        await other.ShowAsync();
        var seen = await world.UntilAsync(id, seen => seen.Count(each => each.Type == "engagement") >= 3, "three deltas");
        Assert.Equal(3, seen.Count(each => each.Type == "engagement"));
        IsWithinFivePercent("visible, hidden, visible, blurred, visible", truth, Engaged(seen, site["start"]));
    }

    [Fact]
    public async Task Time_belongs_to_the_tab_in_front_and_to_the_route_that_was_shown()
    {
        var site = world.Pages.Add(world.Line(), Long);
        var a = await _chrome.OpenAsync(site["a"]);
        var watch = Stopwatch.StartNew();
        var id = (await a.EvaluateAsync("localStorage.ga_id"))!;
        double onA = 0, onB = 0, onRoute = 0;
        await Task.Delay(3000);
        onA += watch.Elapsed.TotalMilliseconds;
        var b = await _chrome.OpenAsync(site["b"]);
        watch.Restart();
        await Task.Delay(4000);
        onB += watch.Elapsed.TotalMilliseconds;
        await a.ShowAsync();
        onA += await LookAsync(3000);
        await a.EvaluateAsync("history.pushState({}, '', 'route')");
        onRoute += await LookAsync(4000);
        await b.ShowAsync();
        onB += await LookAsync(3000);
        await b.CloseAsync();
        string[] urls = [site["a"], site["b"], site["route"]];
        var seen = await world.UntilAsync(id, seen => Engaged(seen, urls[1]) > 6000 && urls.All(url => Engaged(seen, url) > 0), "the time of both tabs and the route");
        IsWithinFivePercent("tab a", onA, Engaged(seen, urls[0]));
        IsWithinFivePercent("tab b", onB, Engaged(seen, urls[1]));
        IsWithinFivePercent("route in tab a", onRoute, Engaged(seen, urls[2]));
        IsWithinFivePercent("all", onA + onB + onRoute, urls.Sum(url => Engaged(seen, url)));
    }

    [Fact]
    public async Task Scroll_depth_is_the_deepest_point_seen()
    {
        var site = world.Pages.Add(world.Line(), Long);
        var tab = await _chrome.OpenAsync(site["start"]);
        var id = (await tab.EvaluateAsync("localStorage.ga_id"))!;
        var deepest = double.Parse((await tab.EvaluateAsync("new Promise(done => { scrollTo(0, 4000); setTimeout(() => { scrollTo(0, 0); setTimeout(() => done((4000 + innerHeight) / document.documentElement.scrollHeight * 100), 200); }, 200); })"))!);
        await _chrome.OpenAsync("about:blank");
        var seen = await world.UntilAsync(id, seen => seen.Any(each => each.Type == "engagement"), "the time on the page");
        Assert.Equal(Math.Round(deepest, MidpointRounding.AwayFromZero), double.Parse(seen.Single(each => each.Type == "engagement")["scrollDepth"]!));
    }

    [Fact]
    public async Task A_page_that_comes_back_from_the_back_forward_cache_is_a_view_and_time_goes_on_where_it_ended()
    {
        var site = world.Pages.Add(world.Line() + "<script>addEventListener('pageshow', e => { if (e.persisted) document.title = 'restored' })</script>");
        var tab = await _chrome.OpenAsync(site["first"]);
        var id = (await tab.EvaluateAsync("localStorage.ga_id"))!;
        await Task.Delay(500);
        await tab.GoAsync(site["second"]);
        await Task.Delay(2000);
        await tab.EvaluateAsync("setTimeout(() => history.back())");
        await tab.UntilAsync("document.title == 'restored'");      // else this would test an ordinary load
        await Task.Delay(500);
        await _chrome.OpenAsync("about:blank");
        var seen = await world.UntilAsync(id, seen => seen.Count(each => each.Type == "engagement") >= 3, "the time of all three views");
        Assert.Equal([site["first"], site["second"], site["first"]], seen.Where(each => each.Type == "page_view").Select(each => each.Url));
        // Not the time in the cache.
        Assert.InRange(Engaged(seen, site["first"]), 900, 1900);
    }

    [Fact]
    public async Task A_page_that_is_prepared_in_advance_is_a_view_when_it_is_shown_and_not_before()
    {
        const string Rules = """<script type=speculationrules>{"prerender":[{"urls":["ahead","never"],"eagerness":"immediate"}]}</script>""";
        var site = world.Pages.Add(world.Line(), Rules);
        var tab = await _chrome.OpenAsync(site["start"]);
        var id = (await tab.EvaluateAsync("localStorage.ga_id"))!;
        await Task.Delay(1500);
        Assert.Equal(site["start"], Assert.Single(await world.JourneyAsync(id)).Url);
        await tab.GoAsync(site["ahead"]);
        Assert.NotEqual("0", await tab.EvaluateAsync("performance.getEntriesByType('navigation')[0].activationStart"));     // else this would test an ordinary load
        var seen = await world.UntilAsync(id, seen => seen.Count(each => each.Type == "page_view") >= 2, "the view of the prepared page");
        Assert.Equal([site["start"], site["ahead"]], seen.Where(each => each.Type == "page_view").Select(each => each.Url));
    }
}
