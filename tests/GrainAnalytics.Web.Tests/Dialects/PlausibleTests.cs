using System.Text.Json.Nodes;
using GrainAnalytics.Web.Tests.Support;

namespace GrainAnalytics.Web.Tests.Dialects;

public sealed class PlausibleTests(DialectServer server) : IClassFixture<DialectServer>
{
    // Nobody has an id here, so that an event is found by its type.
    private async Task<JsonNode> FindAsync(string type) => Assert.Single(await AllAsync(type));

    private async Task<List<JsonNode>> AllAsync(string type)
    {
        var found = new List<JsonNode>();
        foreach (var user in await UsersAsync(type)) found.AddRange((await server.JourneyAsync(user)).Where(e => (string)e!["type"]! == type)!);
        return found;
    }

    private async Task<List<string>> UsersAsync(string type)
    {
        await using var source = Npgsql.NpgsqlDataSource.Create(server.Database.ConnectionString);
        await using var command = source.CreateCommand("select distinct user_id from events where type = $1");
        command.Parameters.Add(new() { Value = type });
        await using var reader = await command.ExecuteReaderAsync();
        var users = new List<string>();
        while (await reader.ReadAsync()) users.Add(reader.GetString(0));
        return users;
    }

    private async Task TakenAsync(string body, string contentType = "text/plain", string agent = "Browser/1")
    {
        using var response = await server.PostAsync("/api/event", body, contentType, ("User-Agent", agent));
        Assert.Equal((202, "ok"), ((int)response.StatusCode, await response.Content.ReadAsStringAsync()));
        Assert.False(response.Headers.Contains("x-plausible-dropped"));
    }

    [Fact]
    public async Task Short_and_long_names_properties_and_revenue_are_understood()
    {
        await TakenAsync("""{"n":"Short","u":"https://shop.example/a","d":"shop.example","r":"https://ref.example/","p":{"plan":"pro"},"$":{"amount":5,"currency":"EUR"}}""");
        Assert.Equal("""{"url":"https://shop.example/a","referrer":"https://ref.example/","revenue":{"amount":5,"currency":"EUR"},"plan":"pro"}""", (await FindAsync("Short"))["payload"]!.ToJsonString());
        await TakenAsync("""{"name":"Long","url":"https://shop.example/b","domain":"shop.example","referrer":null,"props":"{\"url\":\"own\",\"n\":1}"}""", "application/json");
        Assert.Equal("""{"url":"own","n":1}""", (await FindAsync("Long"))["payload"]!.ToJsonString());
        await TakenAsync("""{"n":"pageview","u":"https://shop.example/c","d":"shop.example"}""");
        Assert.Equal("https://shop.example/c", (string)(await FindAsync("page_view"))["payload"]!["url"]!);
    }

    [Fact]
    public async Task Engagement_keeps_its_name_and_counts_as_no_activity()
    {
        await TakenAsync("""{"n":"engagement","u":"https://shop.example/a","d":"shop.example","e":3500,"sd":80}""", agent: "Only-engaged/1");
        var engaged = await FindAsync("engagement");
        Assert.Equal(80, (int)engaged["payload"]!["scrollDepth"]!);
        var types = await server.Reader.GetStringAsync("/v1/stats/top-events");
        Assert.DoesNotContain("engagement", types);
    }

    [Fact]
    public async Task A_visitor_is_the_same_for_an_agent_and_another_one_for_another()
    {
        await Midnight.PassAsync();
        foreach (var agent in (string[])["A/1", "A/1", "B/1"]) await TakenAsync("""{"n":"Visit","u":"https://shop.example/","d":"shop.example"}""", agent: agent);
        var events = await AllAsync("Visit");
        Assert.Equal(2, events.Select(e => (string)e["userId"]!).Distinct().Count());
        Assert.Equal(2, events.Select(e => (string)e["sessionId"]!).Distinct().Count());
        Assert.DoesNotContain("127.0.0.1", string.Concat(events.Select(e => e.ToJsonString())));
    }

    [Fact]
    public async Task Unknown_domains_are_dropped_as_Plausible_does_it_and_the_others_get_theirs()
    {
        using var dropped = await server.PostAsync("/api/event", """{"n":"e","u":"https://x/","d":"nobody.example"}""", "text/plain");
        Assert.Equal((202, "1"), ((int)dropped.StatusCode, Assert.Single(dropped.Headers.GetValues("x-plausible-dropped"))));
        using var both = await server.PostAsync("/api/event", """{"n":"Both","u":"https://x/","d":"nobody.example, shop.example"}""", "text/plain");
        Assert.Equal((202, "1"), ((int)both.StatusCode, Assert.Single(both.Headers.GetValues("x-plausible-dropped"))));
        await FindAsync("Both");
    }

    [Theory]
    [InlineData("", 400), InlineData("{", 400), InlineData("[]", 400), InlineData("{}", 400), InlineData("""{"d":17,"n":"e"}""", 202), InlineData("""{"d":["shop.example"],"n":"e"}""", 400),
     InlineData("""{"d":"shop.example"}""", 202), InlineData("""{"d":"shop.example","n":"bad-props","p":"not json"}""", 202), InlineData("""{"d":"shop.example","n":"bad-props","p":[1]}""", 202),
     InlineData("""{"d":"shop.example","n":"bad-props","p":"{\"a\":\"\\u0000\"}"}""", 202), InlineData("""{"d":"shop\u0000.example","n":"e"}""", 400), InlineData("""{"d":"\ud800","n":"e"}""", 400)]
    public async Task Hostile_bodies_are_answered_and_never_500(string body, int status) =>
        await DialectServer.AnswerAsync(await server.PostAsync("/api/event", body, "text/plain"), status);

    [Fact]
    public async Task A_site_whose_write_keys_must_sign_is_not_found_by_name()
    {
        await using var source = Npgsql.NpgsqlDataSource.Create(server.Database.ConnectionString);
        await using (var add = source.CreateCommand("""
            with added as (insert into sites (name, domain, time_zone) values ('s', 'signed.example', 'UTC'), ('w', 'www.Open.example', 'UTC') returning site_id, name)
            insert into site_keys (key_hash, site_id, kind, requires_signature) select sha256(convert_to(name, 'UTF8')), site_id, 'write', name = 's' from added
            """))
            await add.ExecuteNonQueryAsync();
        using var signed = await server.PostAsync("/api/event", """{"n":"e","u":"https://x/","d":"signed.example"}""", "text/plain");
        Assert.Equal("1", Assert.Single(signed.Headers.GetValues("x-plausible-dropped")));
        using var open = await server.PostAsync("/api/event", """{"n":"e","u":"https://x/","d":"open.example"}""", "text/plain");
        Assert.False(open.Headers.Contains("x-plausible-dropped"));
    }
}

public sealed class UmamiTests(DialectServer server) : IClassFixture<DialectServer>
{
    private static string Event(string more) => $$$$"""{"type":"event","payload":{"website":"{{{{DialectServer.WriteKey}}}}","hostname":"shop.example","screen":"1440x900","language":"de-DE","title":"T","url":"/p?q=1","referrer":""{{{{more}}}}}}""";

    [Fact]
    public async Task Views_and_events_are_understood_and_the_token_keeps_the_visitor()
    {
        var first = JsonNode.Parse(await DialectServer.AnswerAsync(await server.PostAsync("/api/send", Event(",\"id\":\"umami-user\""), headers: ("User-Agent", "A/1")), 200))!;
        var second = JsonNode.Parse(await DialectServer.AnswerAsync(await server.PostAsync("/api/send", Event(",\"id\":\"umami-user\",\"name\":\"bought\",\"data\":{\"amount\":1.10},\"timestamp\":1769860800"),
            headers: [("User-Agent", "B/1"), ("x-umami-cache", (string)first["cache"]!)]), 200))!;
        Assert.Equal(((string)first["sessionId"]!, (string)first["visitId"]!), ((string)second["sessionId"]!, (string)second["visitId"]!));
        var events = await server.JourneyAsync("umami-user");
        Assert.Equal(["page_view", "bought"], events.Select(e => (string)e!["type"]!));
        Assert.Equal("2026-01-31T12:00:00.000Z", (string)events[1]!["occurredAt"]!);
        Assert.Equal("""{"url":"/p?q=1","title":"T","amount":1.10}""", events[1]!["payload"]!.ToJsonString());
        Assert.All(events, e => Assert.Equal((string)first["visitId"]!, (string)e!["sessionId"]!));
        var other = JsonNode.Parse(await DialectServer.AnswerAsync(await server.PostAsync("/api/send", Event(""), headers: [("User-Agent", "C/1"), ("x-umami-cache", (string)first["cache"]! + "A")]), 200))!;
        Assert.NotEqual((string)first["sessionId"]!, (string)other["sessionId"]!);
    }

    [Fact]
    public async Task Identify_has_traits()
    {
        await DialectServer.AnswerAsync(await server.PostAsync("/api/send", $$$$"""{"type":"identify","payload":{"website":"shop.example","id":"umami-known","data":{"plan":"pro"}}}"""), 200);
        var only = await server.OnlyAsync("umami-known");
        Assert.Equal(("identify", "pro"), ((string)only["type"]!, (string)only["payload"]!["traits"]!["plan"]!));
    }

    [Fact]
    public async Task Batch_says_how_many_were_taken()
    {
        var body = $"[{Event(",\"id\":\"umami-batch\"")},{Event(",\"id\":\"umami-batch\",\"name\":\"e\"")},{Event(",\"id\":\"umami-batch\",\"data\":\"none\"")},17]";
        var answer = JsonNode.Parse(await DialectServer.AnswerAsync(await server.PostAsync("/api/batch", body), 200))!;
        Assert.Equal((3, 2, 1), ((int)answer["size"]!, (int)answer["processed"]!, (int)answer["errors"]!));
        Assert.Equal(2, (await server.JourneyAsync("umami-batch")).Count);
    }

    [Theory]
    [InlineData("""{"type":"event","payload":{"website":"00000000-0000-0000-0000-000000000000"}}"""), InlineData("""{"type":"event","payload":{}}"""), InlineData("""{"type":"event"}"""),
     InlineData("{}"), InlineData("[]"), InlineData("{"), InlineData(""), InlineData("17")]
    public async Task An_unknown_website_and_what_is_no_event_are_400(string body)
    {
        var answer = JsonNode.Parse(await DialectServer.AnswerAsync(await server.PostAsync("/api/send", body), 400))!;
        Assert.NotNull(answer["error"]!["message"]);
    }
}
