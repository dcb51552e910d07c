using System.Text;
using GrainAnalytics.Core.Enrichment;
using GrainAnalytics.Core.Spool;
using GrainAnalytics.Testing;
using GrainAnalytics.Web.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace GrainAnalytics.Web.Tests.Enrichment;

/// <summary>A server behind a proxy that tells countries; its database is away, so that its events stay where a test can read them whole.</summary>
public class ProxiedServer : ServerFixture, IAsyncLifetime
{
    private readonly string _folder = SpoolFolder.New();

    protected virtual string Trusted => "10.0.0.0/8,127.0.0.1";

    protected override IEnumerable<string> Settings =>
        [$"--Spool:Path={_folder}", "--Spool:MinFreeBytes=0", "--Enrichment:CountryHeader=CF-IPCountry", $"--Proxy:Trusted={Trusted}"];

    async Task IAsyncLifetime.InitializeAsync()
    {
        await InitializeAsync();
        await Writer.SendAsync("""{"type":"t","userId":"first"}""");       // its key is known from now on
        await Database.TakeAwayAsync();
    }

    async Task IAsyncLifetime.DisposeAsync()
    {
        await DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Sends an event with headers and returns its facts.</summary>
    internal async Task<EventFacts> FactsAsync(string user, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        { Content = new StringContent($$$"""{"type":"t","userId":"{{{user}}}","payload":{"url":"https://example.org/docs?x=1"},"context":{"screen":"1920x1080"}}""") };
        foreach (var (name, value) in headers) Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        using var response = await Anyone.SendAsync(request);
        Assert.True((int)response.StatusCode == 202, await response.Content.ReadAsStringAsync());
        return new EventFacts(Assert.Single(App.Services.GetRequiredService<EventSpool>().Read(1, user)).Facts);
    }
}

/// <summary>The same, and the test is no trusted proxy.</summary>
public sealed class StrangersServer : ProxiedServer
{
    protected override string Trusted => "10.0.0.0/8";
}

[Collection(nameof(AloneCollection))]
public sealed class EnrichmentTests(ProxiedServer server, StrangersServer strangers) : IClassFixture<ProxiedServer>, IClassFixture<StrangersServer>
{
    private const string Open = $"/v1/events?writeKey={ServerFixture.WriteKey}";
    private const string Firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0";

    private static string Text(EventFacts facts, Fact fact) => Encoding.UTF8.GetString(facts[fact].Span);

    [Fact]
    public async Task Headers_tell_what_a_visitor_uses()
    {
        var facts = await server.FactsAsync("headers", Open, ("User-Agent", Firefox), ("Accept-Language", "de-AT,de;q=0.8"), ("CF-IPCountry", "AT"));
        Assert.Equal(("/docs", "example.org", "1920x1080", "AT", "de-AT"),
            (Text(facts, Fact.Path), Text(facts, Fact.Host), Text(facts, Fact.Screen), Text(facts, Fact.Country), Text(facts, Fact.Language)));
        Assert.Equal(("desktop", "Firefox", "Linux", false), (Text(facts, Fact.Device), Text(facts, Fact.Browser), Text(facts, Fact.Os), facts.IsBot));
    }

    [Fact]
    public async Task Client_hints_count_more_than_the_agent()
    {
        var facts = await server.FactsAsync("hints", Open, ("User-Agent", Firefox), ("Sec-CH-UA", "\"Brave\";v=\"124\", \"Chromium\";v=\"124\""),
            ("Sec-CH-UA-Platform", "\"Android\""), ("Sec-CH-UA-Mobile", "?1"));
        Assert.Equal(("mobile", "Brave", "Android"), (Text(facts, Fact.Device), Text(facts, Fact.Browser), Text(facts, Fact.Os)));
    }

    [Fact]
    public async Task A_country_is_believed_of_a_trusted_proxy_only_and_only_once()
    {
        Assert.Equal("FR", Text(await server.FactsAsync("country", Open, ("CF-IPCountry", "fr")), Fact.Country));
        Assert.Equal("FR", Text(await server.FactsAsync("forwarded", Open, ("CF-IPCountry", "FR"), ("X-Forwarded-For", "192.0.2.1")), Fact.Country));
        Assert.Equal("", Text(await server.FactsAsync("twice", Open, ("CF-IPCountry", "FR"), ("CF-IPCountry", "DE")), Fact.Country));
        Assert.Equal("", Text(await strangers.FactsAsync("stranger", Open, ("CF-IPCountry", "FR")), Fact.Country));
        Assert.Equal("", Text(await strangers.FactsAsync("liar", Open, ("CF-IPCountry", "FR"), ("X-Forwarded-For", "10.0.0.1"), ("X-Original-For", "10.0.0.1:5")), Fact.Country));
    }

    [Fact]
    public async Task A_crawler_is_one_only_without_a_key_in_a_header()
    {
        (string, string) crawler = ("User-Agent", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)");
        Assert.True((await server.FactsAsync("bot", Open, crawler)).IsBot);
        Assert.False((await server.FactsAsync("bearer", "/v1/events", crawler, ("Authorization", $"Bearer {ServerFixture.WriteKey}"))).IsBot);
        Assert.False((await server.FactsAsync("header", "/v1/events", crawler, ("X-Write-Key", ServerFixture.WriteKey))).IsBot);
        Assert.False((await server.FactsAsync("none", Open)).IsBot);
        Assert.False((await server.FactsAsync("curl", Open, ("User-Agent", "curl/8.5.0"))).IsBot);
    }

    [Fact]
    public async Task No_address_of_a_client_is_kept()
    {
        await server.FactsAsync("address", Open, ("X-Forwarded-For", "192.0.2.77"), ("Forwarded", "for=192.0.2.77"), ("CF-Connecting-IP", "192.0.2.77"));
        var value = Assert.Single(server.App.Services.GetRequiredService<EventSpool>().Read(1, "address"));
        Assert.DoesNotContain("192.0.2.77", Encoding.Latin1.GetString(value.Block.Span));
        Assert.Equal(-1, value.Block.Span.IndexOf((byte[])[192, 0, 2, 77]));
    }
}

/// <summary>A server as people start it.</summary>
public sealed class BotCountTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task A_crawlers_events_are_in_its_journey_and_in_no_count()
    {
        foreach (var (agent, user) in new[] { ("AhrefsBot/7.0", "crawler"), ("Mozilla/5.0 Firefox/125.0", "reader") })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/events?writeKey={ServerFixture.WriteKey}")
            { Content = new StringContent($$"""[{"type":"view","userId":"{{user}}"},{"type":"engagement","userId":"{{user}}"},{"type":"$pageleave","userId":"{{user}}"}]""") };
            request.Headers.TryAddWithoutValidation("User-Agent", agent);
            using var response = await server.Anyone.SendAsync(request);
            Assert.Equal(3, (int)(await response.JsonAsync())["accepted"]!);
            Assert.Equal(3, (int)(await server.Reader.GetJsonAsync($"/v1/users/{user}/journey"))["count"]!);
        }
        var top = await server.Reader.GetJsonAsync("/v1/stats/top-events");
        Assert.Equal("""[{"type":"view","count":1}]""", top["data"]!.ToJsonString());
        var active = await server.Reader.GetJsonAsync("/v1/stats/dau");
        Assert.Equal(1, active["data"]!.AsArray().Sum(day => (int)day!["activeUsers"]!));
    }
}
