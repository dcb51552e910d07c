using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using GrainAnalytics.Browser.Tests.Support;
using GrainAnalytics.Testing;
using Microsoft.Playwright;

namespace GrainAnalytics.Browser.Tests;

/// <summary>The beacon of a CRM's pages, in a CRM that offers what HighLevel's does.</summary>
[Collection(WorldCollection.Name)]
public sealed class HighLevelTests(World world)
{
    private static readonly string Html = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "HighLevel", "crm.html"));

    private const float Further = 900;      // ms, for views that nobody expects

    private async Task<(Visitor, IPage)> ComeAsync(string further = "")
    {
        var site = world.Pages.AddWhole(Html);
        var visitor = await Visitor.ComeAsync(world);
        // The beacon waits two seconds for an answer of the CRM. That is not what these tests are about, and a machine may stand still for longer.
        await visitor.Context.AddInitScriptAsync("{ const wait = setTimeout; window.setTimeout = (f, ms, ...more) => wait(f, ms == 2000 ? 3e5 : ms, ...more) }");
        var script = Uri.EscapeDataString($"{world.Gate.Address}/tracker-highlevel.js");
        return (visitor, await visitor.OpenAsync($"{site["crm"]}?script={script}&key={Uri.EscapeDataString(World.WriteKey)}{further.Replace("ROOT", Uri.EscapeDataString(site.Root), StringComparison.Ordinal)}"));
    }

    private static async Task<string[]> ViewsAsync(IPage page, Func<Task<Seen[]>> journey)
    {
        await Visitor.SentAsync(page);
        return [.. (await journey()).Where(each => each.Type == "page_view").Select(each => $"{each["locationId"]} {new Uri(each.Url).AbsolutePath} {each["route"]} {each["title"]}")];
    }

    // The user is the CRM's and the same in every test: the newest events are this test's.
    private async Task<Seen[]> NewAsync(IPage page, string user, DateTimeOffset since)
    {
        // Null before the beacon is there.
        if (await page.EvaluateAsync<string?>("localStorage.ga_session") is not { } session) return [];
        session = session.Split(' ')[0];
        return [.. (await world.JourneyAsync(user)).Where(each => each.Session == session && each.At > since.AddSeconds(-5))];
    }

    // Only the view of a route says that the beacon is done with it, and may be shown the next.
    private static async Task ViewedAsync(Func<Task<Seen[]>> journey, int views) =>
        await Wait.UntilAsync(async () => (await journey()).Count(each => each.Type == "page_view") >= views, $"view {views}", World.Patience);

    [Theory]
    [InlineData(""), InlineData("&slow=150"), InlineData("&late")]
    public async Task Every_route_is_a_view_of_its_location_by_its_user(string further)
    {
        var since = DateTimeOffset.UtcNow;
        var (visitor, page) = await ComeAsync(further);
        await using var closes = visitor;
        Task<Seen[]> Journey() => NewAsync(page, "user1", since);
        await ViewedAsync(Journey, 1);
        await page.EvaluateAsync("go('contacts')");
        await ViewedAsync(Journey, 2);
        await page.SelectOptionAsync("#location", "locB");
        await ViewedAsync(Journey, 3);
        await page.GoBackAsync();
        await ViewedAsync(Journey, 4);
        await page.EvaluateAsync("go('settings', '')");
        await ViewedAsync(Journey, 5);
        await page.WaitForTimeoutAsync(Further);
        Assert.Equal(
        [
            "locA /v2/location/locA/dashboard dashboard dashboard | CRM",
            "locA /v2/location/locA/contacts contacts contacts | CRM",
            "locB /v2/location/locB/contacts contacts contacts | CRM",
            "locA /v2/location/locA/contacts contacts contacts | CRM",
            " /settings settings settings | CRM",
        ], await ViewsAsync(page, Journey));
        var seen = await Journey();
        Assert.All(seen, each => Assert.Equal(("company1", "account", "user"), (each["companyId"], each["userType"], each["userRole"])));
        // The time on a page belongs to its location, also when the user goes on to another one.
        Assert.All(seen.Where(each => each.Type == "engagement"), each =>
            Assert.Equal(each["locationId"] is { } place ? $"/v2/location/{place}/" : "/", new Uri(each.Url).AbsolutePath[..(each["locationId"] is null ? 1 : 18)]));
        Assert.DoesNotContain(seen, each => each.Payload.ToJsonString().Contains("@crm", StringComparison.Ordinal) || each.Payload.ToJsonString().Contains("Test User", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_agencys_user_is_known_as_one()
    {
        var since = DateTimeOffset.UtcNow;
        var (visitor, page) = await ComeAsync("&user=agency");
        await using var closes = visitor;
        await ViewedAsync(() => NewAsync(page, "agent1", since), 1);
        await page.EvaluateAsync("ga.track('exported', { rows: 7 })");
        await Visitor.SentAsync(page);
        var exported = (await NewAsync(page, "agent1", since)).Single(each => each.Type == "exported");
        Assert.Equal(("agency", "admin", "locA", "7"), (exported["userType"], exported["userRole"], exported["locationId"], exported["rows"]));
    }

    [Fact]
    public async Task Without_the_crms_functions_the_location_is_read_from_the_address()
    {
        var (visitor, page) = await ComeAsync("&mute");
        await using var closes = visitor;
        var id = await Visitor.IdAsync(page);
        await ViewedAsync(() => world.JourneyAsync(id), 1);
        await page.WaitForTimeoutAsync(Further);
        Assert.Equal(["locA /v2/location/locA/dashboard  dashboard | CRM"], await ViewsAsync(page, () => world.JourneyAsync(id)));
    }

    [Theory]
    [InlineData("&mute"), InlineData("&late&mute"), InlineData("")]
    public async Task An_apps_own_server_says_who_it_is_and_what_the_crm_encrypts_goes_nowhere_else(string further)
    {
        var since = DateTimeOffset.UtcNow;
        var seen = new List<string>();
        world.Pages.Backend = sent =>
        {
            seen.Add(sent);
            return Decrypt((string)JsonNode.Parse(sent)!["encryptedData"]!, "crm-test-secret");
        };
        var (visitor, page) = await ComeAsync($"&user=agency&app=app1&decrypt=ROOT/decrypt{further}");
        await using var closes = visitor;
        await ViewedAsync(() => NewAsync(page, "agent1", since), 1);
        await page.EvaluateAsync("go('contacts')");
        await ViewedAsync(() => NewAsync(page, "agent1", since), 2);
        await page.WaitForTimeoutAsync(Further);
        await Visitor.SentAsync(page);
        var views = (await NewAsync(page, "agent1", since)).Where(each => each.Type == "page_view").ToArray();
        Assert.Equal(["/v2/location/locA/dashboard", "/v2/location/locA/contacts"], views.Select(each => new Uri(each.Url).AbsolutePath));
        Assert.All(views, each => Assert.Equal(("agency", "admin", "company1", "locA"), (each["userType"], each["userRole"], each["companyId"], each["locationId"])));
        var secret = (string)JsonNode.Parse(Assert.Single(seen))!["encryptedData"]!;       // once a location
        Assert.DoesNotContain(world.Gate.Posts, post => post.Contains(secret, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "user1"), InlineData("&user=agency", "agent1")]
    public async Task The_crm_of_the_tests_encrypts_as_the_real_one_does(string further, string user)
    {
        var (visitor, page) = await ComeAsync(further);
        await using var closes = visitor;
        var direct = await page.EvaluateAsync<string>("exposeSessionDetails('app')");
        var byMessage = await page.EvaluateAsync<string>("""
            new Promise(done => {
              const frame = document.createElement('iframe');
              frame.srcdoc = "<script>addEventListener('message', e => parent.postMessage({ got: e.data }, '*')); parent.postMessage({ message: 'REQUEST_USER_DATA' }, '*')<\/script>";
              addEventListener('message', e => e.data.got && done(e.data.got.payload));
              document.body.append(frame);
            })
            """);
        Assert.Equal(direct, byMessage);
        Assert.Contains($"\"userId\":\"{user}\"", Decrypt(direct, "crm-test-secret"));
    }

    // OpenSSL's form: "Salted__", the salt, and what AES-256-CBC made; key and vector are a chain of MD5.
    private static string Decrypt(string text, string secret)
    {
        var bytes = Convert.FromBase64String(text);
        Assert.Equal("Salted__", Encoding.ASCII.GetString(bytes, 0, 8));
        byte[] salt = bytes[8..16], chain = [], last = [];
        while (chain.Length < 48) chain = [.. chain, .. last = MD5.HashData([.. last, .. Encoding.UTF8.GetBytes(secret), .. salt])];
        using var aes = Aes.Create();
        aes.Key = chain[..32];
        return Encoding.UTF8.GetString(aes.DecryptCbc(bytes.AsSpan(16), chain.AsSpan(32, 16)));
    }
}
