using System.Net;
using GrainAnalytics.Web.Tests.Support;

namespace GrainAnalytics.Web.Tests;

/// <summary>GET /v1/pixel.gif and events that name nobody.</summary>
public sealed class PixelTests(PixelTests.Proxied server) : IClassFixture<PixelTests.Proxied>
{
    /// <summary>Believes what this machine says of a client's address.</summary>
    public sealed class Proxied : ServerFixture
    {
        protected override IEnumerable<string> Settings => ["--Proxy:Trusted=127.0.0.1"];
    }

    private const string Key = "writeKey=" + ServerFixture.WriteKey;

    private async Task<HttpResponseMessage> ShowAsync(string query, string? from = null, string? agent = null, string? referer = null, HttpMethod? method = null)
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, $"/v1/pixel.gif?{query}");
        if (from is not null) request.Headers.Add("X-Forwarded-For", from);
        if (agent is not null) request.Headers.Add("User-Agent", agent);
        if (referer is not null) request.Headers.Add("Referer", referer);
        return await server.Anyone.SendAsync(request);
    }

    private async Task<System.Text.Json.Nodes.JsonNode> OnlyAsync(string user) =>
        Assert.Single((await server.Reader.GetJsonAsync($"/v1/journey?userId={Uri.EscapeDataString(user)}"))["events"]!.AsArray())!;

    [Fact]
    public async Task Parameters_are_an_event()
    {
        using var response = await ShowAsync($"{Key}&type=email_open&user_id=pixel%20user&eventId=mail-7&sessionId=s&occurredAt=2026-01-31T12:00:00%2B01:00&url=https://a.example/&letter=7&empty=&%C3%A4=%C3%B6+%26");
        Assert.Equal((HttpStatusCode.OK, "image/gif", "no-store", "cross-origin"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType,
            response.Headers.CacheControl?.ToString(), response.Headers.GetValues("Cross-Origin-Resource-Policy").Single()));
        Assert.StartsWith("GIF89a", System.Text.Encoding.Latin1.GetString(await response.Content.ReadAsByteArrayAsync()));
        var stored = await OnlyAsync("pixel user");
        Assert.Equal(("email_open", "mail-7", "s", "2026-01-31T11:00:00.000Z"), ((string)stored["type"]!, (string)stored["eventId"]!, (string)stored["sessionId"]!, (string)stored["occurredAt"]!));
        Assert.Equal("""{"url":"https://a.example/","letter":"7","ä":"ö \u0026"}""", stored["payload"]!.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.Create(System.Text.Unicode.UnicodeRanges.All) }));
        using var again = await ShowAsync($"{Key}&type=email_open&user_id=pixel%20user&eventId=mail-7");
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        await OnlyAsync("pixel user");
    }

    [Fact]
    public async Task The_least_is_a_key_and_the_browser_says_the_page()
    {
        using var response = await ShowAsync($"{Key}&userId=least&type=", referer: "https://shop.example/pricing");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var stored = await OnlyAsync("least");
        Assert.Equal(("page_view", """{"url":"https://shop.example/pricing"}"""), ((string)stored["type"]!, stored["payload"]!.ToJsonString()));
    }

    [Theory]
    [InlineData("userId=u", 401, "missing-key", "write key")]
    [InlineData("userId=u&writeKey=wrong", 401, "unknown-key", "not known")]
    [InlineData(Key + "&userId=u&occurredAt=yesterday", 400, "invalid-occurred-at", "occurredAt")]
    [InlineData(Key + "&userId=u%00", 400, "nul-character", "userId")]
    [InlineData(Key + "&userId=u&text=%00", 400, "nul-character", "payload")]
    public async Task What_is_refused_is_a_picture_too_and_says_why(string query, int status, string code, string word)
    {
        using var response = await ShowAsync(query);
        Assert.Equal((status, "image/gif", $"urn:grainanalytics:{code}"), ((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType, response.Headers.GetValues("X-Problem").Single()));
        Assert.Contains(word, response.Headers.GetValues("X-Problem-Detail").Single());
    }

    [Theory]
    [InlineData("%ED%A0%80"), InlineData("%FF%FE"), InlineData("%F0%9F%98%80"), InlineData("%"), InlineData("%zz"), InlineData("%u0000"), InlineData("%22%5C%0A"), InlineData("[]"), InlineData("&&=&=x")]
    public async Task Any_text_is_stored_or_refused(string text)
    {
        foreach (var query in (string[])[$"userId=any&text={text}", $"userId=any&{text}=value", $"userId={text}", $"userId=any&type={text}", $"userId=any&eventId={text}"])
        {
            using var response = await ShowAsync($"{Key}&{query}", referer: "http://a.example/" + text);
            Assert.Contains((int)response.StatusCode, new[] { 200, 400 });
            Assert.Equal("image/gif", response.Content.Headers.ContentType?.MediaType);
        }
    }

    [Fact]
    public async Task Who_only_looks_at_the_address_opened_nothing()
    {
        using var response = await ShowAsync($"{Key}&userId=head", method: HttpMethod.Head);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Empty((await server.Reader.GetJsonAsync("/v1/users/head/journey"))["events"]!.AsArray());
    }

    [Fact]
    public async Task Without_a_user_the_client_gets_a_name_for_the_day_and_its_address_is_stored_nowhere()
    {
        await Midnight.PassAsync();
        const string Home = "203.0.113.77", Office = "198.51.100.9", Six = "2001:db8:1:2:3:4:5:6", SameNetwork = "2001:db8:1:2:ffff::1";
        foreach (var (from, agent, name) in ((string, string, string)[])
                 [(Home, "Agent", "a"), (Home, "Agent", "b"), (Office, "Agent", "c"), (Home, "Other", "d"), (Six, "Agent", "e"), (SameNetwork, "Agent", "f")])
        {
            using var response = await ShowAsync($"{Key}&type=visit-{name}", from, agent);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
        // The same by POST.
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/events?{Key}") { Content = new StringContent("""{"type":"visit-g","cookieless":true}""") };
        request.Headers.Add("X-Forwarded-For", Home);
        request.Headers.Add("User-Agent", "Agent");
        using (var posted = await server.Anyone.SendAsync(request)) Assert.Equal(HttpStatusCode.Accepted, posted.StatusCode);
        await using var database = Npgsql.NpgsqlDataSource.Create(server.Database.ConnectionString);
        var names = new Dictionary<string, string>();
        await using (var read = database.CreateCommand("select type, user_id from events where type like 'visit-%'"))
        await using (var rows = await read.ExecuteReaderAsync())
            while (await rows.ReadAsync()) names[rows.GetString(0)[6..]] = rows.GetString(1);
        Assert.All(names.Values, name => Assert.StartsWith("cl_", name));
        Assert.Equal((names["a"], names["a"], names["e"]), (names["b"], names["g"], names["f"]));
        Assert.Equal(4, names.Values.Distinct().Count());
        foreach (var address in (string[])[Home, Office, "2001:db8"])
        {
            await using var search = database.CreateCommand("select count(*) from events where events::text like '%' || $1 || '%'");
            search.Parameters.Add(new() { Value = address });
            Assert.Equal(0L, await search.ExecuteScalarAsync());
        }
    }

    [Fact]
    public async Task Browsers_of_any_origin_may_ask()
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, "/v1/pixel.gif");
        request.Headers.Add("Origin", "https://shop.example");
        request.Headers.Add("Access-Control-Request-Method", "GET");
        request.Headers.Add("Access-Control-Request-Headers", "x-write-key");
        using var response = await server.Anyone.SendAsync(request);
        Assert.Equal((HttpStatusCode.NoContent, "https://shop.example", "GET", "x-write-key"), (response.StatusCode, response.Headers.GetValues("Access-Control-Allow-Origin").Single(),
            response.Headers.GetValues("Access-Control-Allow-Methods").Single(), response.Headers.GetValues("Access-Control-Allow-Headers").Single()));
    }
}
