using GrainAnalytics.Clients.Tests.Support;
using GrainAnalytics.Testing;
using Xunit.Abstractions;

namespace GrainAnalytics.Clients.Tests;

/// <summary>The vendors' own packages, pointed at this server by the one setting that docs/sdk.md names: what they sent is there once.</summary>
public sealed class NodeClientTests(ITestOutputHelper output)
{
    private static readonly TimeSpan OwnClock = TimeSpan.FromSeconds(5), AfterRetries = TimeSpan.FromMinutes(15), Patience = TimeSpan.FromMinutes(5);

    public static readonly TheoryData<string, string> Clients = new()
    {
        { "segment-node", "@segment/analytics-node" },
        { "rudder-node", "@rudderstack/rudder-sdk-node" },
        { "jitsu", "@jitsu/js" },
        { "posthog-node", "posthog-node" },
        { "umami-node", "@umami/node" },
        { "plausible-tracker", "plausible-tracker" },
        { "plausible-official", "@plausible-analytics/tracker" },
    };

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task What_a_client_sends_is_there_once(string client, string package)
    {
        await using var shop = await Shop.OpenAsync();
        using var running = NodeClient.Start(client, shop.Front.Url, count: 60, pauseMs: 0);
        await CheckAsync(shop, running, package, "nothing wrong", OwnClock);
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task Requests_that_are_refused_and_answers_that_are_lost_change_nothing(string client, string package)
    {
        Behaviour[] turns = [Behaviour.Refuse, Behaviour.Deny, Behaviour.Pass, Behaviour.Cut, Behaviour.Pass];
        await using var shop = await Shop.OpenAsync(request => turns[request % turns.Length]);
        using var running = NodeClient.Start(client, shop.Front.Url, count: 30, pauseMs: 20);
        await CheckAsync(shop, running, package, "503, lost answers, cut connections", AfterRetries);
        Assert.True(shop.Front.Disturbed >= 3);
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task A_database_that_goes_away_for_a_while_changes_nothing(string client, string package)
    {
        await using var shop = await Shop.OpenAsync();
        shop.Front.HoldFrom(2);
        using var running = NodeClient.Start(client, shop.Front.Url, count: 40, pauseMs: 50);
        await HeldAsync(shop, running);
        await shop.TakeDatabaseAwayAsync();
        shop.Front.Release();
        await Wait.UntilAsync(() => shop.Front.Unavailable >= 1, "a 503 of the server", Patience);
        await shop.GiveDatabaseBackAsync();
        await CheckAsync(shop, running, package, "database away", AfterRetries);
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task A_server_that_is_killed_changes_nothing(string client, string package)
    {
        await using var shop = await Shop.OpenAsync();
        shop.Front.HoldFrom(2);
        using var running = NodeClient.Start(client, shop.Front.Url, count: 40, pauseMs: 50);
        await HeldAsync(shop, running);
        await shop.KillAsync(() =>
        {
            shop.Front.Release();
            return Wait.UntilAsync(() => shop.Front.Disturbed > 0, "a request without a server", Patience);
        });
        await CheckAsync(shop, running, package, "server killed", AfterRetries);
    }

    // A client that ends before has met nothing of what then happens to the server.
    private static async Task HeldAsync(Shop shop, NodeClient running)
    {
        var first = await Task.WhenAny(shop.Front.Held, running.Told).WaitAsync(Patience);
        await first;
        Assert.Same(shop.Front.Held, first);
    }

    private async Task CheckAsync(Shop shop, NodeClient running, string package, string fault, TimeSpan clockError)
    {
        var told = await running.Told.WaitAsync(TimeSpan.FromMinutes(8));
        var found = await shop.EventsAsync();
        output.WriteLine($"| {package} {NodeClient.VersionOf(package)} | {fault} | {running.Calls} calls | {told["expected"]!.AsArray().Count} acknowledged"
            + $" | {told["failed"]!.AsArray().Count} failed | {found.Count} found | {shop.Front.Disturbed} disturbed |");
        output.WriteLine(running.Output);
        // Some clients say once when they send, and make the request again when a machine that stood still has answered 503.
        Assert.True(Comparison.AssertSame(told, found, clockError + running.Took) > 0);
    }
}
