using System.IO.Compression;
using System.Net;
using System.Text;
using GrainAnalytics.Web.Tests.Support;

namespace GrainAnalytics.Web.Tests;

public sealed class IngestTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private static byte[] Pack(Func<Stream, Stream> packer, byte[] body)
    {
        using var packed = new MemoryStream();
        using (var stream = packer(packed)) stream.Write(body);
        return packed.ToArray();
    }

    public static byte[] Packed(string form, byte[] body) => form switch
    {
        "gzip" => Pack(to => new GZipStream(to, CompressionLevel.Fastest), body),
        "br" => Pack(to => new BrotliStream(to, CompressionLevel.Fastest), body),
        "zlib" => Pack(to => new ZLibStream(to, CompressionLevel.Fastest), body),
        "raw" => Pack(to => new DeflateStream(to, CompressionLevel.Fastest), body),
        _ => body,
    };

    [Fact]
    public async Task Answer_counts_events_and_names_every_id()
    {
        using var response = await server.Writer.PostAsync("""
            [{"eventId":"a-1","type":"t","userId":"answer"},{"eventId":"a-1","type":"t","userId":"answer"},{"type":"t","userId":"answer"},{"userId":"answer"}]
            """);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var answer = await response.JsonAsync();
        Assert.Equal(["message", "count", "accepted", "duplicates", "rejected", "eventIds", "errors"], answer.AsObject().Select(member => member.Key));
        Assert.Equal((3, 2, 1, 1), ((int)answer["count"]!, (int)answer["accepted"]!, (int)answer["duplicates"]!, (int)answer["rejected"]!));
        var ids = answer["eventIds"]!.AsArray();
        Assert.Equal(("a-1", "a-1"), ((string)ids[0]!, (string)ids[1]!));
        Assert.True(Guid.TryParse((string?)ids[2], out _));
        Assert.Null(ids[3]);
        var error = Assert.Single(answer["errors"]!.AsArray())!;
        Assert.Equal(["index", "code", "detail"], error.AsObject().Select(member => member.Key));
        Assert.Equal((3, "missing-type"), ((int)error["index"]!, (string)error["code"]!));
    }

    [Fact]
    public async Task Events_sent_again_are_duplicates_and_stored_once()
    {
        const string Body = """[{"eventId":"again-1","type":"t","userId":"again"},{"eventId":"again-2","type":"t","userId":"again"}]""";
        await server.Writer.SendAsync(Body);
        var answer = await server.Writer.SendAsync(Body);
        Assert.Equal((2, 0, 2), ((int)answer["count"]!, (int)answer["accepted"]!, (int)answer["duplicates"]!));
        Assert.Equal(2, (int)(await server.Reader.GetJsonAsync("/v1/users/again/journey"))["count"]!);
    }

    [Fact]
    public async Task Request_without_any_valid_event_is_refused_with_every_reason()
    {
        using var response = await server.Writer.PostAsync("""[{"type":"t"},7,{"userId":"x"}]""");
        var problem = await response.ProblemAsync(400, "nothing-valid");
        Assert.Equal(["missing-user", "not-an-object", "missing-type"], problem["errors"].Texts("code"));
    }

    [Theory]
    [InlineData("[]"), InlineData(""), InlineData("  \n")]
    public async Task Request_without_events_is_refused(string body)
    {
        using var response = await server.Writer.PostAsync(body);
        await response.ProblemAsync(400, "no-events");
    }

    [Theory]
    [InlineData("gzip", "gzip"), InlineData("br", "br"), InlineData("zlib", "deflate"), InlineData("raw", "deflate"), InlineData("plain", "identity")]
    public async Task Body_may_be_compressed(string form, string encoding)
    {
        var body = Packed(form, Encoding.UTF8.GetBytes($$"""{"type":"t","userId":"packed-{{form}}"}"""));
        using var response = await server.Writer.PostBytesAsync(body, encoding: encoding);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal(1, (int)(await server.Reader.GetJsonAsync($"/v1/users/packed-{form}/journey"))["count"]!);
    }

    [Theory]
    [InlineData("gzip", "gzip"), InlineData("br", "br"), InlineData("zlib", "deflate"), InlineData("raw", "deflate")]
    public async Task Compressed_bomb_is_refused_without_being_unpacked(string form, string encoding)
    {
        var bomb = Packed(form, new byte[64 * 1024 * 1024]);
        using var response = await server.Writer.PostBytesAsync(bomb, encoding: encoding);
        await response.ProblemAsync(413, "body-too-large");
    }

    [Theory]
    [InlineData("gzip"), InlineData("br"), InlineData("deflate")]
    public async Task Body_that_is_not_what_its_encoding_says_is_refused(string encoding)
    {
        foreach (var body in (byte[][])[[1, 2, 3], [0x78, 0x20, 0, 0, 0, 1], [0x78, 0x9c, 1, 2, 3], "plain text, long enough to be anything"u8.ToArray()])
        {
            using var response = await server.Writer.PostBytesAsync(body, encoding: encoding);
            Assert.True(response.StatusCode == HttpStatusCode.BadRequest, $"{encoding} {Convert.ToHexString(body)}: {response.StatusCode}");
        }
    }

    [Fact]
    public async Task Bad_line_is_rejected_by_itself()
    {
        using var response = await server.Writer.PostAsync("{\"type\":\"t\",\"userId\":\"lines\"}\r\n{\"type\":\n\n{\"type\":\"t\",\"userId\":\"lines\"}", "application/x-ndjson");
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var answer = await response.JsonAsync();
        Assert.Equal((2, 1), ((int)answer["accepted"]!, (int)answer["rejected"]!));
        Assert.Equal("malformed-line", (string?)answer["errors"]![0]!["code"]);
        Assert.Equal(1, (int)answer["errors"]![0]!["index"]!);
    }

    [Theory]
    [InlineData("text/plain"), InlineData("text/plain;charset=UTF-8"), InlineData("application/json; charset=utf-8"), InlineData(null), InlineData("application/octet-stream")]
    public async Task Body_is_json_whatever_a_beacon_calls_it(string? contentType)
    {
        using var response = await server.Writer.PostAsync("""{"type":"t","userId":"beacon"}""", contentType);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
    }

    [Fact]
    public async Task Byte_order_mark_is_skipped()
    {
        using var response = await server.Writer.PostBytesAsync([0xef, 0xbb, 0xbf, .. """{"type":"t","userId":"bom"}"""u8]);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
    }

    [Theory]
    [InlineData(1000, 202), InlineData(1001, 413)]
    public async Task Request_may_have_a_thousand_events(int events, int status)
    {
        using var response = await server.Writer.PostAsync($"[{string.Join(',', Enumerable.Repeat("""{"type":"t","userId":"many"}""", events))}]");
        Assert.Equal(status, (int)response.StatusCode);
        if (status == 413) await response.ProblemAsync(413, "too-many-events");
    }

    [Fact]
    public async Task Body_of_more_than_5_MiB_is_refused()
    {
        using var response = await server.Writer.PostBytesAsync(new byte[5 * 1024 * 1024 + 1]);
        await response.ProblemAsync(413, "body-too-large");
    }

    [Fact]
    public async Task Pages_of_other_origins_may_send_and_not_read()
    {
        using var preflight = new HttpRequestMessage(HttpMethod.Options, "/v1/events");
        preflight.Headers.Add("Origin", "https://shop.example");
        preflight.Headers.Add("Access-Control-Request-Method", "POST");
        preflight.Headers.Add("Access-Control-Request-Headers", "content-type,x-write-key");
        using var allowed = await server.Anyone.SendAsync(preflight);
        Assert.Equal(HttpStatusCode.NoContent, allowed.StatusCode);
        Assert.Equal("https://shop.example", Assert.Single(allowed.Headers.GetValues("Access-Control-Allow-Origin")));
        Assert.Equal("content-type,x-write-key", Assert.Single(allowed.Headers.GetValues("Access-Control-Allow-Headers")));
        Assert.Equal("POST", Assert.Single(allowed.Headers.GetValues("Access-Control-Allow-Methods")));
        Assert.Equal("86400", Assert.Single(allowed.Headers.GetValues("Access-Control-Max-Age")));

        using var send = new HttpRequestMessage(HttpMethod.Post, "/v1/events") { Content = new StringContent("{}") };
        send.Headers.Add("Origin", "https://shop.example");
        using var refused = await server.Anyone.SendAsync(send);
        Assert.Equal("https://shop.example", Assert.Single(refused.Headers.GetValues("Access-Control-Allow-Origin")));

        using var read = new HttpRequestMessage(HttpMethod.Get, "/v1/users/x/journey");
        read.Headers.Add("Origin", "https://shop.example");
        using var answer = await server.Reader.SendAsync(read);
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
    }
}
