using System.Text.Json.Nodes;
using GrainAnalytics.Clients.Tests.Support;
using GrainAnalytics.Testing;
using Xunit.Abstractions;

namespace GrainAnalytics.Clients.Tests;

/// <summary>The vendors' browser SDKs in Chromium, on a page of another origin.</summary>
public sealed class BrowserClientTests(PageHost pages, ITestOutputHelper output) : IClassFixture<PageHost>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    // The SDK itself puts the user of the moment into an alias.
    private const string Segment = """
        [{"type":"page_view","payload":{"n":0,"name":"Pricing","title":"Shop"}},{"type":"bought","payload":{"n":1,"text":"ä\"☃\n"}},
         {"type":"identify","userId":"ada","payload":{"traits":{"plan":"pro"}}},{"type":"bought","userId":"ada","payload":{"n":2,"price":1.5}},
         {"type":"group","userId":"ada","payload":{"groupId":"company-7","traits":{"seats":5}}},{"type":"alias","userId":"ada","payload":{"previousId":"ada"}}]
        """;
    private const string Rudder = """
        [{"type":"page_view","payload":{"n":0,"name":"Pricing","category":"Docs"}},{"type":"bought","payload":{"n":1,"text":"ä\"☃\n"}},
         {"type":"identify","userId":"ada","payload":{"traits":{"plan":"pro"}}},{"type":"bought","userId":"ada","payload":{"n":2,"price":1.5}},
         {"type":"group","userId":"ada","payload":{"groupId":"company-7","traits":{"seats":5}}}]
        """;
    private const string PostHog = """
        [{"type":"page_view","payload":{"title":"Shop"}},{"type":"bought","payload":{"n":1,"text":"ä\"☃\n"}},{"type":"identify","userId":"ada","payload":{"traits":{"plan":"pro"}}},
         {"type":"bought","userId":"ada","payload":{"n":2,"price":1.5}},{"type":"group","userId":"ada","payload":{"groupId":"company-7","groupType":"company","traits":{"seats":5}}},
         {"type":"page_view","userId":"ada","payload":{"n":3}}]
        """;

    public static readonly TheoryData<string, string, string> Clients = new()
    {
        { "segment", "@segment/analytics-next", Segment }, { "rudder", "@rudderstack/analytics-js", Rudder }, { "posthog", "posthog-js", PostHog },
    };

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task What_a_page_sends_is_there_once(string page, string package, string expected)
    {
        await using var shop = await Shop.OpenAsync();
        await CheckAsync(shop, page, package, expected, "nothing wrong");
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task Requests_that_are_refused_and_answers_that_are_lost_change_nothing(string page, string package, string expected)
    {
        await using var shop = await Shop.OpenAsync(request => request switch { 0 => Behaviour.Refuse, 1 or 3 => Behaviour.Deny, _ => Behaviour.Pass });
        await CheckAsync(shop, page, package, expected, "503 and lost answers");
        Assert.True(shop.Front.Disturbed > 0);
    }

    // PostHog's sends this when its page goes away, and never hears whether it arrived: a browser that a program drives often loses it.
    private const string MayArrive = """[{"type":"$pageleave","userId":"ada","payload":{}}]""";

    private async Task CheckAsync(Shop shop, string page, string package, string expected, string fault)
    {
        var told = new JsonObject { ["expected"] = JsonNode.Parse(expected), ["failed"] = JsonNode.Parse(MayArrive) };
        var wanted = told["expected"]!.AsArray();
        var said = await pages.VisitAsync(page, shop, () => Wait.UntilAsync(async () => (await shop.EventsAsync()).Count >= wanted.Count, $"{wanted.Count} events of {page}", Patience));
        // What is sent once too often comes while something is still tried again; by the time that all is answered it is there.
        await Wait.UntilAsync(() => shop.Front.IsQuiet, "an end of the requests", Patience);
        var found = await shop.EventsAsync();
        output.WriteLine($"| {package} {NodeClient.VersionOf(package)} | {fault} | {wanted.Count} expected | {found.Count} found | {shop.Front.Disturbed} disturbed |");
        output.WriteLine(said);
        Comparison.AssertSame(told, found, Patience);
    }
}
