using System.Text.Json.Nodes;

namespace GrainAnalytics.Web.Tests.Dialects;

public sealed class SegmentTests(DialectServer server) : IClassFixture<DialectServer>
{
    private const string At = "2026-02-03T04:05:06.789Z";

    [Fact]
    public async Task Batch_becomes_events_of_its_kinds()
    {
        var body = $$$$"""
            {"batch":[
              {"type":"track","messageId":"m-track","userId":"ada","anonymousId":"a-1","event":"Order Completed","timestamp":"{{{{At}}}}",
               "properties":{"total": 1.50,"text":"\u00e4\"x\""},"context":{"sessionId":1700000000123,"library":{"name":"x"}}},
              {"type":"page","messageId":"m-page","userId":"ada","name":"Pricing","category":"Docs","timestamp":"2026-02-03T04:05:05Z",
               "properties":{"url":"https://shop.example/p","name":"mine"}},
              {"type":"screen","messageId":"m-screen","userId":"ada","name":"Home","timestamp":"2026-02-03T04:05:04Z"},
              {"type":"identify","messageId":"m-identify","userId":"ada","anonymousId":"a-1","traits":{"plan":"pro"},"timestamp":"2026-02-03T04:05:03Z"},
              {"type":"group","messageId":"m-group","userId":"ada","groupId":"g-1","traits":{"seats":5},"timestamp":"2026-02-03T04:05:02Z"},
              {"type":"alias","messageId":"m-alias","userId":"ada","previousId":"old-ada","timestamp":"2026-02-03T04:05:01Z"}
            ],"writeKey":"ignored, the header decides"}
            """;
        Assert.Equal("""{"success":true}""", await DialectServer.AnswerAsync(await server.PostAsync("/v1/batch", body, headers: DialectServer.Basic()), 200));
        var events = await server.JourneyAsync("ada");
        Assert.Equal(["Order Completed", "page_view", "screen_view", "identify", "group", "alias"], events.Select(e => (string)e!["type"]!));
        Assert.Equal(["m-track", "m-page", "m-screen", "m-identify", "m-group", "m-alias"], events.Select(e => (string)e!["eventId"]!));
        Assert.Equal((At, "1700000000123"), ((string)events[0]!["occurredAt"]!, (string)events[0]!["sessionId"]!));
        Assert.Equal("""{"total":1.50,"text":"ä\"x\""}""", events[0]!["payload"]!.ToJsonString(Relaxed));
        Assert.Equal("""{"category":"Docs","url":"https://shop.example/p","name":"mine"}""", events[1]!["payload"]!.ToJsonString());
        Assert.Equal("""{"name":"Home"}""", events[2]!["payload"]!.ToJsonString());
        Assert.Equal("""{"traits":{"plan":"pro"}}""", events[3]!["payload"]!.ToJsonString());
        Assert.Equal("""{"groupId":"g-1","traits":{"seats":5}}""", events[4]!["payload"]!.ToJsonString());
        Assert.Equal("""{"previousId":"old-ada"}""", events[5]!["payload"]!.ToJsonString());
    }

    private static readonly System.Text.Json.JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Theory]
    [InlineData("track", "t", "Signed Up"), InlineData("page", "p", "page_view"), InlineData("screen", "s", "screen_view"), InlineData("identify", "i", "identify"),
     InlineData("group", "g", "group"), InlineData("alias", "a", "alias")]
    public async Task A_call_has_a_path_of_its_own_and_a_letter_for_browsers(string call, string letter, string type)
    {
        var user = $"call-{call}";
        var message = $$"""{"userId":"{{user}}","event":"Signed Up","messageId":"{{call}}-1"}""";
        await DialectServer.AnswerAsync(await server.PostAsync($"/v1/{call}", message, headers: DialectServer.Basic()), 200);
        var browser = $$"""{"userId":"{{user}}","event":"Signed Up","messageId":"{{call}}-2","type":"{{call}}","writeKey":"{{DialectServer.WriteKey}}"}""";
        await DialectServer.AnswerAsync(await server.PostAsync($"/v1/{letter}", browser, "text/plain"), 200);
        var events = await server.JourneyAsync(user);
        Assert.Equal([type, type], events.Select(e => (string)e!["type"]!));
        Assert.Equal([$"{call}-1", $"{call}-2"], events.Select(e => (string)e!["eventId"]!).Order());
    }

    [Fact]
    public async Task A_message_that_is_sent_again_is_one_event()
    {
        var body = """{"batch":[{"type":"track","messageId":"again","userId":"again","event":"e"}]}""";
        for (var i = 0; i < 3; i++) await DialectServer.AnswerAsync(await server.PostAsync("/v1/batch", body, headers: DialectServer.Basic()), 200);
        Assert.Equal("again", (string)(await server.OnlyAsync("again"))["eventId"]!);
    }

    [Fact]
    public async Task A_clock_that_is_wrong_is_corrected_by_sentAt()
    {
        var body = """{"batch":[{"type":"track","userId":"late-clock","event":"e","timestamp":"2020-01-01T00:00:00.000Z"}],"sentAt":"2020-01-01T00:01:00.000Z"}""";
        await DialectServer.AnswerAsync(await server.PostAsync("/v1/batch", body, headers: DialectServer.Basic()), 200);
        var only = await server.OnlyAsync("late-clock");
        var (occurred, received) = (DateTimeOffset.Parse((string)only["occurredAt"]!), DateTimeOffset.Parse((string)only["receivedAt"]!));
        Assert.Equal(TimeSpan.FromMinutes(1), received - occurred);
    }

    [Fact]
    public async Task Bad_rows_of_a_batch_cost_the_others_nothing_and_are_set_aside()
    {
        var body = $$"""
            {"batch":[
              {"type":"track","messageId":"good-1","userId":"mixed","event":"e"},
              {"type":"track","messageId":"poison-no-name","userId":"mixed"},
              {"type":"track","messageId":"poison-time","userId":"mixed","event":"e","timestamp":"yesterday"},
              {"type":"track","messageId":"poison-nobody","event":"e"},
              {"type":"track","messageId":"poison-props","userId":"mixed","event":"e","properties":"none"},
              {"type":"merge","messageId":"poison-kind","userId":"mixed"},
              {"type":"track","messageId":"poison-nul","userId":"mi\u0000xed","event":"e"},
              {"type":"track","messageId":"poison-long","userId":"mixed","event":"{{new string('e', 201)}}"},
              "poison-text", 17, null, ["poison-list"],
              {"type":"track","messageId":"good-2","userId":"mixed","event":"e","timestamp":null,"properties":null,"context":null,"anonymousId":""}
            ],"sentAt":"not a time"}
            """;
        Assert.Equal("""{"success":true}""", await DialectServer.AnswerAsync(await server.PostAsync("/v1/batch", body, headers: DialectServer.Basic()), 200));
        Assert.Equal(["good-1", "good-2"], (await server.JourneyAsync("mixed")).Select(e => (string)e!["eventId"]!).Order());
        Assert.Equal(["invalid-occurred-at", "invalid-payload", "invalid-type", "missing-type", "missing-type", "missing-user", "not-an-object", "not-an-object", "nul-character"],
            (await server.LettersAsync("poison-", 9)).Order());
    }

    [Fact]
    public async Task An_event_that_is_bad_all_alone_is_a_success_and_a_dead_letter()
    {
        await DialectServer.AnswerAsync(await server.PostAsync("/v1/track", """{"messageId":"alone-and-bad","userId":"u"}""", headers: DialectServer.Basic()), 200);
        Assert.Equal(["missing-type"], await server.LettersAsync("alone-and-bad", 1));
    }

    [Theory]
    [InlineData("Authorization", "Basic d3Jvbmc6"), InlineData("Authorization", "Basic !"), InlineData("Authorization", "Basic "), InlineData("X-None", "-")]
    public async Task A_wrong_key_or_none_is_401(string name, string value)
    {
        var answer = await DialectServer.AnswerAsync(await server.PostAsync("/v1/batch", """{"batch":[{"type":"track","userId":"u","event":"e"}]}""", headers: (name, value)), 401);
        Assert.False((bool)JsonNode.Parse(answer)!["success"]!);
    }

    [Fact]
    public async Task A_key_may_also_stand_in_the_body_and_the_site_be_named_by_domain_or_number()
    {
        foreach (var (key, at) in new[] { DialectServer.WriteKey, "www.SHOP.example", "1" }.Select((key, at) => (key, at)))
            await DialectServer.AnswerAsync(await server.PostAsync("/v1/track", $$"""{"writeKey":"{{key}}","userId":"body-key","event":"e","messageId":"body-key-{{at}}"}"""), 200);
        Assert.Equal(3, (await server.JourneyAsync("body-key")).Count);
        await DialectServer.AnswerAsync(await server.PostAsync("/v1/track", """{"writeKey":"other.example","userId":"body-key","event":"e"}"""), 401);
    }

    [Theory]
    [InlineData("", 400), InlineData("{", 400), InlineData("[]", 400), InlineData("17", 400), InlineData("""{"batch":{}}""", 400), InlineData("""{"batch":[]}""", 400),
     InlineData("""{"batch":[{}],"x":"\ud800"}""", 200), InlineData("""{"batch":[{"context":{"page":[]},"properties":[]}]}""", 200)]
    public async Task Hostile_bodies_are_answered_and_never_500(string body, int status) =>
        await DialectServer.AnswerAsync(await server.PostAsync("/v1/batch", body, headers: DialectServer.Basic()), status);

    [Fact]
    public async Task Too_many_or_too_large_is_413_and_deep_nesting_is_one_bad_row()
    {
        var many = $$"""{"batch":[{{string.Join(',', Enumerable.Repeat("{}", 1001))}}]}""";
        await DialectServer.AnswerAsync(await server.PostAsync("/v1/batch", many, headers: DialectServer.Basic()), 413);
        await DialectServer.AnswerAsync(await server.PostBytesAsync("/v1/batch", new byte[5 * 1024 * 1024 + 1], headers: DialectServer.Basic()), 413);
        var deep = $$$$"""{"batch":[{"type":"track","userId":"deep","event":"bad","properties":{"x":{{{{new string('[', 50_000)}}}}{{{{new string(']', 50_000)}}}}}},{"type":"track","userId":"deep","event":"good"}]}""";
        await DialectServer.AnswerAsync(await server.PostAsync("/v1/batch", deep, headers: DialectServer.Basic()), 200);
        Assert.Equal("good", (string)(await server.OnlyAsync("deep"))["type"]!);
    }

    [Fact]
    public async Task Browsers_may_send_from_any_page_with_any_header()
    {
        using var ask = new HttpRequestMessage(HttpMethod.Options, "/v1/t");
        ask.Headers.Add("Origin", "https://shop.example");
        ask.Headers.Add("Access-Control-Request-Headers", "authorization,x-odd");
        using var answer = await server.Anyone.SendAsync(ask);
        Assert.Equal(204, (int)answer.StatusCode);
        Assert.Equal(["https://shop.example"], answer.Headers.GetValues("Access-Control-Allow-Origin"));
        Assert.Equal(["authorization,x-odd"], answer.Headers.GetValues("Access-Control-Allow-Headers"));
        using var sent = await server.PostAsync("/v1/t", "{}", "text/plain", ("Origin", "https://shop.example"));
        Assert.Equal(["https://shop.example"], sent.Headers.GetValues("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task The_browser_SDK_is_told_to_send_here()
    {
        using var response = await server.Anyone.GetAsync("/v1/projects/any-key/settings");
        var destination = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["integrations"]!["Segment.io"]!;
        Assert.Equal(("any-key", "http", $"127.0.0.1:{server.Anyone.BaseAddress!.Port}/v1"),
            ((string)destination["apiKey"]!, (string)destination["protocol"]!, (string)destination["apiHost"]!));
    }
}
