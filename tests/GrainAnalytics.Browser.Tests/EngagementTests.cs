using System.Text.Json.Nodes;
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

    // What a page itself saw of its time, since its scripts ran, by address: the machine may stand still at any moment of a test, which then does not know it.
    private const string Witness = """
        <script>
          const seen = {}; let was = false, at = 0, url = '';
          function witness(left) {
            const now = performance.now();
            if (was) seen[url] = (seen[url] || 0) + now - at;
            [was, at, url] = [left !== true && !document.hidden && document.hasFocus(), now, location.href];
            return JSON.stringify(seen);
          }
          addEventListener('DOMContentLoaded', () => {
            for (const each of ['focus', 'blur', 'pageshow']) addEventListener(each, witness);
            // For the tabs that are left: what a page sees last, its own end, nobody can ask it any more.
            addEventListener('pagehide', () => localStorage.seen = witness(true));
            document.addEventListener('visibilitychange', witness);
            setInterval(witness, 20);
            witness();
          });
        </script>
        """;

    private static async Task<double> SeenAsync(ChromeTab tab, string url) => (double?)JsonNode.Parse((await tab.EvaluateAsync("witness()"))!)![url] ?? 0;

    private static double Engaged(Seen[] seen, string url) =>
        seen.Where(each => each.Type == "engagement" && each.Url == url).Sum(each => double.Parse(each["engagedMs"]!));

    // The script of the test knows what it was at least.
    private void IsWithinFivePercent(string what, double least, double truth, double measured)
    {
        Assert.True(truth > least * .99, $"{what}: {truth} ms of at least {least} were seen");
        output.WriteLine($"{what}: truth {truth:0} ms, measured {measured:0} ms, {(measured / truth - 1) * 100:+0.00;-0.00} %");
        Assert.InRange(measured, truth * .95, truth * 1.05);
    }

    [Fact]
    public async Task Time_counts_while_a_page_is_seen_and_has_the_keyboard()
    {
        var site = world.Pages.Add(Witness + world.Line(), Long);
        var tab = await _chrome.OpenAsync(site["start"]);
        var id = (await tab.EvaluateAsync("localStorage.ga_id"))!;
        await Task.Delay(4000);
        var other = await _chrome.OpenAsync("about:blank");         // hidden
        await tab.UntilAsync("document.hidden");
        await Task.Delay(3000);
        await tab.ShowAsync();
        await Task.Delay(4000);
        await _chrome.SearchTabsAsync(true);                        // blurred, when the bubble is there
        await tab.UntilAsync("!document.hidden && !document.hasFocus()");
        await Task.Delay(3000);
        await _chrome.SearchTabsAsync(false);
        await tab.UntilAsync("document.hasFocus()");
        await Task.Delay(4000);
        await other.ShowAsync();
        var seen = await world.UntilAsync(id, seen => seen.Count(each => each.Type == "engagement") >= 3, "three deltas");
        Assert.Equal(3, seen.Count(each => each.Type == "engagement"));
        IsWithinFivePercent("visible, hidden, visible, blurred, visible", 12_000, await SeenAsync(tab, site["start"]), Engaged(seen, site["start"]));
    }

    [Fact]
    public async Task Time_belongs_to_the_tab_in_front_and_to_the_route_that_was_shown()
    {
        var site = world.Pages.Add(Witness + world.Line(), Long);
        var a = await _chrome.OpenAsync(site["a"]);
        var id = (await a.EvaluateAsync("localStorage.ga_id"))!;
        await Task.Delay(3000);
        var b = await _chrome.OpenAsync(site["b"]);
        await Task.Delay(4000);
        await a.ShowAsync();
        await Task.Delay(3000);
        // At one moment, as the witness looks only now and then.
        await a.EvaluateAsync("witness(), history.pushState({}, '', 'route'), witness()");
        await Task.Delay(4000);
        await b.ShowAsync();
        await a.UntilAsync("document.hidden");
        await Task.Delay(3000);
        string[] urls = [site["a"], site["b"], site["route"]];
        // Before the tab is closed, as then the other one is seen again.
        var (onA, onRoute) = (await SeenAsync(a, urls[0]), await SeenAsync(a, urls[2]));
        await b.CloseAsync();
        await a.UntilAsync("!!localStorage.seen");
        var onB = (double?)JsonNode.Parse((await a.EvaluateAsync("localStorage.seen"))!)![urls[1]] ?? 0;
        var truths = urls.Zip([onA, onB, onRoute]);
        var seen = await world.UntilAsync(id, seen => truths.All(truth => Engaged(seen, truth.First) > truth.Second * .95), "the time of both tabs and the route");
        IsWithinFivePercent("tab a", 6000, onA, Engaged(seen, urls[0]));
        IsWithinFivePercent("tab b", 7000, onB, Engaged(seen, urls[1]));
        IsWithinFivePercent("route in tab a", 4000, onRoute, Engaged(seen, urls[2]));
    }

    [Fact]
    public async Task Scroll_depth_is_the_deepest_point_seen()
    {
        var site = world.Pages.Add(world.Line(), Long);
        var tab = await _chrome.OpenAsync(site["start"]);
        var id = (await tab.EvaluateAsync("localStorage.ga_id"))!;
        var deepest = double.Parse((await tab.EvaluateAsync("""
            (async () => {
              for (const y of [4000, 0]) await new Promise(done => { addEventListener('scroll', done, { once: true }); scrollTo(0, y); });
              return (4000 + innerHeight) / document.documentElement.scrollHeight * 100;
            })()
            """))!);
        await Task.Delay(500);      // less than a tenth of a second on a page is no event
        await _chrome.OpenAsync("about:blank");
        var seen = await world.UntilAsync(id, seen => seen.Any(each => each.Type == "engagement"), "the time on the page");
        Assert.Equal(Math.Round(deepest, MidpointRounding.AwayFromZero), double.Parse(seen.Single(each => each.Type == "engagement")["scrollDepth"]!));
    }

    [Fact]
    public async Task A_page_that_comes_back_from_the_back_forward_cache_is_a_view_and_time_goes_on_where_it_ended()
    {
        var site = world.Pages.Add(Witness + world.Line() + "<script>addEventListener('pageshow', e => { if (e.persisted) document.title = 'restored' })</script>");
        var tab = await _chrome.OpenAsync(site["first"]);
        var id = (await tab.EvaluateAsync("localStorage.ga_id"))!;
        await Task.Delay(500);
        await tab.GoAsync(site["second"]);
        await Task.Delay(2000);
        await tab.EvaluateAsync("setTimeout(() => history.back())");
        await tab.UntilAsync("document.title == 'restored'");      // else this would test an ordinary load
        await tab.SeenAsync();
        await Task.Delay(500);
        await _chrome.OpenAsync("about:blank");
        var seen = await world.UntilAsync(id, seen => ((string[])["engagement", "page_view"]).All(type => seen.Count(each => each.Type == type) >= 3), "all three views and their time");
        Assert.Equal([site["first"], site["second"], site["first"]], seen.Where(each => each.Type == "page_view").Select(each => each.Url));
        var truth = await SeenAsync(tab, site["first"]);
        Assert.InRange(truth, 990, double.MaxValue);
        // Not the two seconds in the cache.
        Assert.InRange(Engaged(seen, site["first"]), truth - 100, truth + 100);
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
              const isFirst = location.pathname.endsWith('start'), isNext = location.pathname.endsWith('ahead');
              const shown = prepared => ga.track('shown', { prepared, preparedAt: Number(localStorage.preparedAt) });
              addEventListener('load', () => {
                // Not before the next page is prepared, however long that takes.
                if (isFirst) { const look = setInterval(() => localStorage.preparedAt && (clearInterval(look), setTimeout(() => location.href = 'ahead', 2000)), 50); }
                else if (!document.prerendering) shown(performance.getEntriesByType('navigation')[0].activationStart > 0);
                else {
                  if (isNext) localStorage.preparedAt = Date.now();
                  document.addEventListener('prerenderingchange', () => setTimeout(() => shown(true)));
                }
              });
            </script>
            """;
        var site = world.Pages.Add(world.Line(), Rules);
        await _chrome.OpenAloneAsync(site["start"]);
        var seen = await world.LatestAsync(each => each.Url.StartsWith(site.Root, StringComparison.Ordinal) && each.Type != "engagement", 3);
        var shown = seen.Single(each => each.Type == "shown");
        Assert.Equal("true", shown["prepared"]);        // else this would test an ordinary load
        var views = seen.Where(each => each.Type == "page_view").OrderBy(each => each.Id[..13], StringComparer.Ordinal).ToArray();
        Assert.Equal([site["start"], site["ahead"]], views.Select(each => each.Url));
        // Shown two seconds after it was prepared.
        var prepared = DateTimeOffset.FromUnixTimeMilliseconds((long)shown.Payload["preparedAt"]!);
        Assert.True(views[1].MadeAt - prepared > TimeSpan.FromSeconds(1.5), $"{prepared} {views[1].MadeAt}");
    }
}
