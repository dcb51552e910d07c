using System.Diagnostics;
using System.Globalization;
using GrainAnalytics.Browser.Tests.Support;
using Xunit.Abstractions;

namespace GrainAnalytics.Browser.Tests;

/// <summary>Time on page against a script that knows it, and pages that come and go, in a browser whose tabs are really hidden and really lose
/// the keyboard.</summary>
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

    // Milliseconds since a page that was just opened could be seen and its scripts ran.
    private static async Task<double> SeenForAsync(ChromeTab tab) =>
        double.Parse((await tab.EvaluateAsync("performance.now() - performance.getEntriesByType('navigation')[0].domInteractive"))!, CultureInfo.InvariantCulture);

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
        var truth = await SeenForAsync(tab);
        var watch = Stopwatch.StartNew();
        var id = (await tab.EvaluateAsync("localStorage.ga_id"))!;
        await Task.Delay(4000);
        truth += watch.Elapsed.TotalMilliseconds;
        var other = await _chrome.OpenAsync("about:blank");         // hidden
        await tab.UntilAsync("document.hidden");
        await Task.Delay(3000);
        await tab.ShowAsync();
        watch.Restart();
        await Task.Delay(4000);
        await _chrome.SearchTabsAsync(true);                        // blurred, when the bubble is there
        await tab.UntilAsync("!document.hidden && !document.hasFocus()");
        truth += watch.Elapsed.TotalMilliseconds;
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
        double onA = await SeenForAsync(a), onB = 0, onRoute = 0;
        var watch = Stopwatch.StartNew();
        var id = (await a.EvaluateAsync("localStorage.ga_id"))!;
        await Task.Delay(3000);
        onA += watch.Elapsed.TotalMilliseconds;
        var b = await _chrome.OpenAsync(site["b"]);
        onB += await SeenForAsync(b);
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

    [Theory]
    [InlineData("location.href=%22second%22"), InlineData("location.replace(%22second%22)")]
    public async Task A_page_that_navigates_away_at_once_is_a_view(string leave)
    {
        var site = world.Pages.Add(world.Line() + $"<script defer src='data:text/javascript,if(location.pathname.endsWith(%22hasty%22)){leave}'></script>");
        await _chrome.OpenAloneAsync(site["hasty"]);
        var seen = await world.LatestAsync(each => each.Url.StartsWith(site.Root, StringComparison.Ordinal) && each.Type == "page_view", 2);
        Assert.Equal([site["hasty"], site["second"]], seen.OrderBy(each => each.Id[..13], StringComparer.Ordinal).Select(each => each.Url));
        Assert.Single(seen.Select(each => each.User).Distinct());
    }

    [Fact]
    public async Task A_page_that_is_prepared_in_advance_is_a_view_when_it_is_shown_and_not_before()
    {
        const string Rules = """
            <script type=speculationrules>{"prerender":[{"urls":["ahead","never"],"eagerness":"immediate"}]}</script>
            <script>
              addEventListener('load', () => setTimeout(() => {
                if (location.pathname.endsWith('start')) location.href = 'ahead';
                else if (!document.prerendering) ga.track('shown', { prepared: performance.getEntriesByType('navigation')[0].activationStart > 0 });
                else document.addEventListener('prerenderingchange', () => setTimeout(() => ga.track('shown', { prepared: true })));
              }, 2000));
            </script>
            """;
        var site = world.Pages.Add(world.Line(), Rules);
        await _chrome.OpenAloneAsync(site["start"]);
        var seen = await world.LatestAsync(each => each.Url.StartsWith(site.Root, StringComparison.Ordinal) && each.Type != "engagement", 3);
        var shown = seen.Single(each => each.Type == "shown");
        Assert.Equal("true", shown["prepared"]);        // else this would test an ordinary load
        var views = seen.Where(each => each.Type == "page_view").OrderBy(each => each.Id[..13], StringComparer.Ordinal).ToArray();
        Assert.Equal([site["start"], site["ahead"]], views.Select(each => each.Url));
        // Prepared right after the first page was loaded, shown two seconds later.
        Assert.True(views[1].At - views[0].At > TimeSpan.FromSeconds(1.5), $"{views[0].At} {views[1].At}");
    }
}
