using GrainAnalytics.Browser.Tests.Support;
using Microsoft.Playwright;

namespace GrainAnalytics.Browser.Tests;

/// <summary>What is stored in browsers that want nothing stored, and what pages that allow little are put through.</summary>
[Collection(WorldCollection.Name)]
public sealed class PrivacyTests(World world)
{
    private static readonly Dictionary<string, (string Attribute, string Script)> Wishes = new()
    {
        ["cookieless"] = ("data-ga-cookieless", "void 0"),
        // This browser has neither setting for tests: what they show to pages is put there.
        ["gpc"] = ("", "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true })"),
        ["dnt"] = ("", "Object.defineProperty(Navigator.prototype, 'doNotTrack', { get: () => '1' })"),
    };

    private async Task<(Visitor, IPage)> ComeAsync(string wish, Site site, string? agent = null)
    {
        await Midnight.PassAsync();
        var visitor = await Visitor.ComeAsync(world, new() { UserAgent = agent });
        await visitor.Context.AddInitScriptAsync(Wishes[wish].Script);
        return (visitor, await visitor.OpenAsync(site["start"]));
    }

    [Theory]
    [InlineData("cookieless"), InlineData("gpc"), InlineData("dnt")]
    public async Task Nothing_at_all_is_stored(string wish)
    {
        var site = world.Pages.Add(world.Line(Wishes[wish].Attribute));
        var (visitor, page) = await ComeAsync(wish, site);
        await using var closes = visitor;
        await page.EvaluateAsync("ga.track('custom')");
        await visitor.Context.SetOfflineAsync(true);
        await page.EvaluateAsync("ga.track('offline')");
        await AssertNothingAsync(visitor, page);
        await visitor.Context.SetOfflineAsync(false);
        bool IsOurs(Seen each) => each.Url.StartsWith(site.Root, StringComparison.Ordinal) && each.Type != "engagement";
        // Kept by the page alone, so it goes with it.
        await world.LatestAsync(IsOurs, 3);
        await page.GotoAsync(site["next"]);
        await AssertNothingAsync(visitor, page);
        var seen = await world.LatestAsync(IsOurs, 4);
        Assert.Equal(["custom", "offline", "page_view", "page_view"], seen.Select(each => each.Type).Order());
        var name = Assert.Single(seen.Select(each => each.User).Distinct());
        Assert.StartsWith("cl_", name);
        Assert.All(seen, each => Assert.Equal(name, each.Session));
        // The name is a user like any other.
        Assert.True((await world.JourneyAsync(name)).Length >= 4);
    }

    [Fact]
    public async Task Another_agent_at_the_same_address_is_another_visitor()
    {
        var site = world.Pages.Add(world.Line("data-ga-cookieless"));
        bool IsOurs(Seen each) => each.Url.StartsWith(site.Root, StringComparison.Ordinal) && each.Type != "engagement";
        string[] agents = ["Agent One", "Agent Two"];
        foreach (var (visitors, agent) in agents.Index())
        {
            var (visitor, page) = await ComeAsync("cookieless", site, agent);
            await using var closes = visitor;
            await page.EvaluateAsync($"ga.track('{agent}')");
            await page.GotoAsync(site["next"]);
            // What is on its way when the browser ends may never arrive.
            await world.LatestAsync(IsOurs, 3 * (visitors + 1));
        }
        var seen = await world.LatestAsync(IsOurs, 6);
        Assert.Equal(2, seen.Select(each => each.User).Distinct().Count());
        Assert.NotEqual(seen.Single(each => each.Type == "Agent One").User, seen.Single(each => each.Type == "Agent Two").User);
    }

    [Theory]
    [InlineData("cookieless", true), InlineData("gpc", false)]
    public async Task A_name_that_the_page_gives_counts_for_the_page_and_not_against_the_browsers_wish(string wish, bool isNamed)
    {
        var site = world.Pages.Add(world.Line(Wishes[wish].Attribute));
        var (visitor, page) = await ComeAsync(wish, site);
        await using var closes = visitor;
        var user = $"{Random.Shared.Next()}";
        await page.EvaluateAsync($"ga.identify({user}); ga.track('custom')");      // a number
        await page.GotoAsync(site["next"]);
        await AssertNothingAsync(visitor, page);
        var seen = await world.LatestAsync(each => each.Url.StartsWith(site.Root, StringComparison.Ordinal) && each.Type is "custom" or "page_view", 3);
        Assert.Equal(isNamed, seen.Single(each => each.Type == "custom").User == user);
        Assert.All(seen.Where(each => each.Type == "page_view"), each => Assert.StartsWith("cl_", each.User));
    }

    [Fact]
    public async Task Where_storage_is_blocked_visitors_are_counted_all_the_same()
    {
        // A sandbox without an origin: localStorage throws.
        await Midnight.PassAsync();
        var site = world.Pages.Add(world.Line(), policy: "sandbox allow-scripts");
        await using var visitor = await Visitor.ComeAsync(world);
        var page = await visitor.OpenAsync(site["start"]);
        Assert.Equal("SecurityError", await page.EvaluateAsync<string>("(() => { try { return localStorage.length + '' } catch (e) { return e.name } })()"));
        await page.EvaluateAsync("ga.track('custom'); ga.identify('x'); ga.optOut(); ga.track('after')");
        var seen = await world.LatestAsync(each => each.Url == site["start"] && each.Type is "custom" or "page_view", 2);
        Assert.StartsWith("cl_", Assert.Single(seen.Select(each => each.User).Distinct()));
    }

    [Fact]
    public async Task A_strict_policy_needs_two_entries_and_nothing_inline()
    {
        var site = world.Pages.Add(world.Line(), policy: $"default-src 'none'; script-src {world.Gate.Address}; connect-src {world.Gate.Address}; require-trusted-types-for 'script'");
        await using var visitor = await Visitor.ComeAsync(world);
        var told = new List<string>();
        visitor.Context.Console += (_, message) => told.Add(message.Text);
        var page = await visitor.OpenAsync(site["start"]);
        await page.EvaluateAsync("ga.track('custom')");
        await Visitor.SentAsync(page);
        Assert.Equal(2, (await world.JourneyAsync(await Visitor.IdAsync(page))).Count(each => each.Type is "custom" or "page_view"));
        Assert.DoesNotContain(told, text => text.Contains("Content Security Policy", StringComparison.OrdinalIgnoreCase) && !text.Contains("favicon", StringComparison.Ordinal) && !text.Contains("data:,", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Where_a_policy_forbids_sending_the_page_hears_nothing_of_it()
    {
        var site = world.Pages.Add(world.Line(), policy: $"default-src 'none'; script-src {world.Gate.Address}");
        await using var visitor = await Visitor.ComeAsync(world);      // fails at its end if a page reports an error
        var page = await visitor.OpenAsync(site["start"]);
        await page.EvaluateAsync("ga.track('custom')");
        await page.WaitForFunctionAsync("Object.keys(localStorage).filter(key => key.startsWith('ga_q')).length >= 2");
        await page.WaitForTimeoutAsync(300);        // for the browser to refuse
    }

    [Fact]
    public async Task Who_opts_out_leaves_no_trace_but_the_wish_and_sends_nothing_more_from_any_tab()
    {
        var site = world.Pages.Add(world.Line());
        await using var visitor = await Visitor.ComeAsync(world);
        IPage page = await visitor.OpenAsync(site["start"]), other = await visitor.OpenAsync(site["other"]);
        var id = await Visitor.IdAsync(page);
        await world.UntilAsync(id, seen => seen.Count(each => each.Type == "page_view") == 2, "the views of both tabs");
        await Visitor.SentAsync(page);
        await page.EvaluateAsync("ga.optOut()");
        Assert.Equal("ga_out", await page.EvaluateAsync<string>("Object.keys(localStorage).join()"));
        await other.WaitForFunctionAsync("localStorage.ga_out");        // each tab has its own copy, which follows
        var posts = world.Gate.Posts.Count;
        await other.EvaluateAsync("ga.track('custom')");
        await page.EvaluateAsync("ga.track('custom')");
        await page.GotoAsync(site["next"]);
        await page.EvaluateAsync("ga.track('custom')");
        await page.WaitForTimeoutAsync(500);
        Assert.Equal("ga_out", await page.EvaluateAsync<string>("Object.keys(localStorage).join()"));
        Assert.Equal(posts, world.Gate.Posts.Count);
        await page.EvaluateAsync("delete localStorage.ga_out");
        await page.GotoAsync(site["again"]);
        await Visitor.SentAsync(page);
        Assert.NotEqual(id, await Visitor.IdAsync(page));
        Assert.Equal(site["again"], (await world.UntilAsync(await Visitor.IdAsync(page), seen => seen.Length > 0, "a view")).First().Url);
    }

    private static async Task AssertNothingAsync(Visitor visitor, IPage page)
    {
        Assert.Equal("0 0 0", await page.EvaluateAsync<string>("(async () => `${localStorage.length} ${sessionStorage.length} ${(await indexedDB.databases()).length}`)()"));
        Assert.Empty(await visitor.Context.CookiesAsync());
    }
}
