using System.Text.Json.Nodes;
using GrainAnalytics.Clients.Tests.Support;
using GrainAnalytics.Testing;
using Xunit.Abstractions;

namespace GrainAnalytics.Clients.Tests;

/// <summary>The vendors' browser SDKs in Chromium, on a page of another origin.</summary>
public sealed class BrowserClientTests(PageHost pages, ITestOutputHelper output) : IClassFixture<PageHost>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

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
    // The last one is sent when the page goes away.
    private const string PostHog = """
        [{"type":"page_view","payload":{"title":"Shop"}},{"type":"bought","payload":{"n":1,"text":"ä\"☃\n"}},{"type":"identify","userId":"ada","payload":{"traits":{"plan":"pro"}}},
         {"type":"bought","userId":"ada","payload":{"n":2,"price":1.5}},{"type":"group","userId":"ada","payload":{"groupId":"company-7","groupType":"company","traits":{"seats":5}}},
         {"type":"page_view","userId":"ada","payload":{"n":3}},{"type":"$pageleave","userId":"ada","payload":{}}]
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

    private async Task CheckAsync(Shop shop, string page, string package, string expected, string fault)
    {
        var told = new JsonObject { ["expected"] = JsonNode.Parse(expected), ["failed"] = new JsonArray() };
        var wanted = told["expected"]!.AsArray();
        var whileOpen = wanted.Count(e => (string)e!["type"]! != "$pageleave");
        var said = await pages.VisitAsync(page, shop, () => ArrivedAsync(whileOpen));
        await ArrivedAsync(wanted.Count);
        // What is sent once too often comes while something is still tried again; by the time that all is answered it is there.
        await Wait.UntilAsync(() => shop.Front.IsQuiet, "an end of the requests", Patience);
        var found = await shop.EventsAsync();
        output.WriteLine($"| {package} {NodeClient.VersionOf(package)} | {fault} | {wanted.Count} expected | {found.Count} found | {shop.Front.Disturbed} disturbed |");
        output.WriteLine(said);
        Comparison.AssertSame(told, found, Patience);

        Task ArrivedAsync(int count) => Wait.UntilAsync(async () => (await shop.EventsAsync()).Count >= count, $"{count} events of {page}", Patience);
    }
}
