using System.Text.Json.Nodes;
using GrainAnalytics.Browser.Tests.Support;
using Microsoft.Playwright;

namespace GrainAnalytics.Browser.Tests;

/// <summary>What visitors do on a page, with and without the page's help.</summary>
[Collection(WorldCollection.Name)]
public sealed class ActionTests(World world)
{
    private const string Body = """
        <a id=out href="http://elsewhere.example/page?q=1">Elsewhere</a>
        <a id=inside href="next">Inside</a>
        <a id=mail href="mailto:a@b.example">Mail</a>
        <a id=file href="files/Report.PDF?version=2">Report</a>
        <svg><a id=svg href="http://elsewhere.example/svg"><text y=20>Svg</text></a></svg>
        <button id=marked data-ga-event=signup data-ga-plan=pro data-ga-big-plan="very big" data-gallery=no data-other=no><b id=within>Sign up</b></button>
        <form id=plain action=/send><input name=id><input name=getattribute><button id=send>Send</button></form>
        <form id=named action=/send data-ga-event=newsletter data-ga-list=weekly><button id=subscribe>Subscribe</button></form>
        <script>
          // The page stays, and stops what it likes: neither may cost an event.
          for (const type of ['click', 'auxclick', 'submit'])
            document.addEventListener(type, e => { if (!e.target.closest?.('button')) e.preventDefault(); e.stopImmediatePropagation(); }, true);
        </script>
        """;

    private async Task<(Visitor Visitor, IPage Page, Site Site)> ComeAsync()
    {
        var site = world.Pages.Add(world.Line(), Body);
        var visitor = await Visitor.ComeAsync(world);
        return (visitor, await visitor.OpenAsync(site["start"]), site);
    }

    private async Task<Seen[]> DoneAsync(IPage page)
    {
        await Visitor.SentAsync(page);
        return [.. (await world.JourneyAsync(await Visitor.IdAsync(page))).Where(each => each.Type is not ("page_view" or "engagement"))];
    }

    [Fact]
    public async Task Outbound_links_downloads_and_forms_are_events()
    {
        var (visitor, page, site) = await ComeAsync();
        await using var closes = visitor;
        foreach (var id in (string[])["out", "inside", "mail", "svg", "file", "send"]) await page.ClickAsync($"#{id}");
        await page.ClickAsync("#out", new() { Button = MouseButton.Middle });
        await page.ClickAsync("#out", new() { Button = MouseButton.Right });
        var seen = await DoneAsync(page);
        Assert.Equal(
            ["outbound_click http://elsewhere.example/page?q=1", $"file_download {site["files/Report.PDF?version=2"]}", "form_submit plain", "outbound_click http://elsewhere.example/page?q=1"],
            seen.Select(each => $"{each.Type} {each["href"] ?? each["form"]}"));
        Assert.All(seen, each => Assert.Equal(site["start"], each.Url));
    }

    [Fact]
    public async Task Attributes_make_events()
    {
        var (visitor, page, _) = await ComeAsync();
        await using var closes = visitor;
        await page.ClickAsync("#within");
        await page.ClickAsync("#subscribe");
        var seen = await DoneAsync(page);
        Assert.Equal(["signup", "newsletter"], seen.Select(each => each.Type));
        Assert.Equal("""{"plan":"pro","bigPlan":"very big"}""", Without(seen[0], "url"));
        Assert.Equal("""{"list":"weekly"}""", Without(seen[1], "url"));
    }

    [Fact]
    public async Task Pages_track_and_identify()
    {
        var (visitor, page, site) = await ComeAsync();
        await using var closes = visitor;
        var anonymous = await Visitor.IdAsync(page);
        var user = $"user-{site.Root[^8..]}";
        await page.EvaluateAsync("ga.track('purchase', { amount: 49.5, items: ['a', { b: null }], text: '</script>äöü😀', url: 'mine' })");
        await page.EvaluateAsync($"ga.identify('{user}', {{ plan: 'pro' }})");
        await page.GotoAsync(site["next"]);
        await page.EvaluateAsync("ga.track('named')");
        var known = await world.UntilAsync(user, seen => seen.Any(each => each.Type == "named") && seen.Any(each => each.Type == "identify")
            && seen.Any(each => each.Type == "page_view" && each.Url == site["next"]), "the events of the user");
        Assert.Equal("pro", known.Single(each => each.Type == "identify")["plan"]);
        var purchase = (await world.UntilAsync(anonymous, seen => seen.Any(each => each.Type == "purchase"), "the purchase")).Single(each => each.Type == "purchase");
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""{"url":"mine","amount":49.5,"items":["a",{"b":null}],"text":"</script>äöü😀"}"""), purchase.Payload), $"{purchase}");
        // Somebody else comes to the same browser.
        await page.EvaluateAsync("ga.identify()");
        Assert.NotEqual(anonymous, await Visitor.IdAsync(page));
        await page.EvaluateAsync("ga.track('stranger')");
        var stranger = await world.UntilAsync(await Visitor.IdAsync(page), seen => seen.Any(each => each.Type == "stranger"), "the stranger's event");
        Assert.DoesNotContain(known[^1].Session, stranger.Select(each => each.Session));
    }

    [Fact]
    public async Task Nothing_that_a_page_calls_throws()
    {
        var (visitor, page, _) = await ComeAsync();
        await using var closes = visitor;
        await page.EvaluateAsync("""
            (() => {
              const circle = {}; circle.self = circle;
              ga.track('circle', circle); ga.track('big', { text: 'x'.repeat(40000) }); ga.track(); ga.track('bigint', { n: 1n }); ga.track(Symbol()); ga.identify(circle);
              ga.identify(); document.dispatchEvent(new Event('click')); dispatchEvent(new Event('submit')); dispatchEvent(new Event('pageshow'));
              delete window.performance; ga.track('fine');
            })()
            """);
        await Visitor.SentAsync(page);
        Assert.Contains(await world.JourneyAsync(await Visitor.IdAsync(page)), each => each.Type == "fine");
    }

    [Fact]
    public async Task Two_copies_of_the_line_count_once_and_another_ga_is_left_alone()
    {
        var site = world.Pages.Add($"<script>window.ga = function () {{ return 'theirs' }}; ga.q = [1]</script>{world.Line()}{world.Line()}");
        await using var visitor = await Visitor.ComeAsync(world);
        var page = await visitor.OpenAsync(site["start"]);
        await page.EvaluateAsync("ga.track('custom')");
        Assert.Equal("theirs1", await page.EvaluateAsync<string>("ga() + ga.q"));
        await Visitor.SentAsync(page);
        Assert.Equal(["page_view", "custom"], (await world.JourneyAsync(await Visitor.IdAsync(page))).Where(each => each.Type != "engagement").OrderByDescending(each => each.Type == "page_view").Select(each => each.Type));
    }

    private static string Without(Seen seen, string name)
    {
        var payload = seen.Payload.DeepClone().AsObject();
        payload.Remove(name);
        return payload.ToJsonString();
    }
}
