using System.Text.Json.Nodes;

namespace GrainAnalytics.Web.Tests.Dialects;

public sealed class RudderStackTests(DialectServer server) : IClassFixture<DialectServer>
{
    [Fact]
    public async Task Gzip_under_a_wrong_content_type_is_understood_said_or_not()
    {
        foreach (var (user, headers) in new (string, (string, string)[])[]
            { ("said", [DialectServer.Basic(), ("Content-Encoding", "gzip")]), ("unsaid", [DialectServer.Basic()]) })
        {
            var body = DialectServer.Gzip($$"""{"batch":[{"type":"track","userId":"rudder-{{user}}","event":"e","messageId":"{{user}}","originalTimestamp":"2026-01-02T03:04:05.006Z"}]}""");
            await DialectServer.AnswerAsync(await server.PostBytesAsync("/v1/batch", body, "application/x-www-form-urlencoded", headers), 200);
            Assert.Equal("2026-01-02T03:04:05.006Z", (string)(await server.OnlyAsync($"rudder-{user}"))["occurredAt"]!);
        }
    }

    [Fact]
    public async Task Beacon_is_answered_OK()
    {
        var body = """{"batch":[{"type":"page","anonymousId":"beacon-user","messageId":"b-1"}]}""";
        Assert.Equal("OK", await DialectServer.AnswerAsync(await server.PostAsync($"/beacon/v1/batch?writeKey={DialectServer.WriteKey}", body, "text/plain"), 200));
        Assert.Equal("page_view", (string)(await server.OnlyAsync("beacon-user"))["type"]!);
    }

    [Fact]
    public async Task Pixel_is_an_event_and_always_a_picture()
    {
        using var response = await server.Anyone.GetAsync($"/pixel/v1/track?writeKey={DialectServer.WriteKey}&anonymousId=pixel-user&event=Mail+Opened&messageId=px&properties.campaign=may%22");
        Assert.Equal((200, "image/gif"), ((int)response.StatusCode, response.Content.Headers.ContentType!.MediaType));
        Assert.Equal(43, (await response.Content.ReadAsByteArrayAsync()).Length);
        var only = await server.OnlyAsync("pixel-user");
        Assert.Equal(("Mail Opened", "px", "may\""), ((string)only["type"]!, (string)only["eventId"]!, (string)only["payload"]!["campaign"]!));
        using var wrong = await server.Anyone.GetAsync("/pixel/v1/page?writeKey=wrong&anonymousId=u");
        Assert.Equal((401, "image/gif"), ((int)wrong.StatusCode, wrong.Content.Headers.ContentType!.MediaType));
    }

    [Fact]
    public async Task Traits_of_an_identify_may_stand_in_its_context()
    {
        var body = """{"batch":[{"type":"identify","userId":"ctx","context":{"traits":{"plan":"pro"},"sessionId":12345}}]}""";
        await DialectServer.AnswerAsync(await server.PostAsync("/v1/batch", body, headers: DialectServer.Basic()), 200);
        var only = await server.OnlyAsync("ctx");
        Assert.Equal(("12345", "pro"), ((string)only["sessionId"]!, (string)only["payload"]!["traits"]!["plan"]!));
    }

    [Fact]
    public async Task The_browser_SDK_finds_a_source_without_destinations()
    {
        using var response = await server.Anyone.GetAsync("/sourceConfig/?p=npm&writeKey=some-key");
        var source = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["source"]!;
        Assert.True((bool)source["enabled"]!);
        Assert.Equal("some-key", (string)source["writeKey"]!);
        Assert.Empty(source["destinations"]!.AsArray());
    }
}

public sealed class JitsuTests(DialectServer server) : IClassFixture<DialectServer>
{
    [Theory]
    [InlineData("/api/s/track", "track", "Signed Up"), InlineData("/api/s/s2s/page", "page", "page_view"), InlineData("/api/s/Signed-Up", "track", "Signed Up")]
    public async Task The_key_is_read_from_the_header_alone(string path, string type, string expected)
    {
        var user = $"jitsu-{path}";
        var body = $$$$"""{"type":"{{{{type}}}}","event":"Signed Up","messageId":"{{{{path}}}}","userId":"{{{{user}}}}","writeKey":"jk:***","context":{"page":{"url":"https://shop.example/"}}}""";
        Assert.Equal("""{"ok":true}""", await DialectServer.AnswerAsync(await server.PostAsync(path, body, headers: ("X-Write-Key", $"{DialectServer.WriteKey}:x")), 200));
        var only = await server.OnlyAsync(user);
        Assert.Equal((expected, path), ((string)only["type"]!, (string)only["eventId"]!));
        await DialectServer.AnswerAsync(await server.PostAsync(path, body, headers: ("X-Write-Key", "wrong:x")), 401);
    }
}
