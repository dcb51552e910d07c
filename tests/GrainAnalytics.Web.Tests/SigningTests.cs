using System.IO.Compression;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using GrainAnalytics.Web.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace GrainAnalytics.Web.Tests;

/// <summary>Signed requests, as a client signs them.</summary>
public sealed class SigningTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const string Body = """[{"type":"signed","userId":"signer"},{"type":"signed"}]""";

    [Theory]
    [InlineData(null), InlineData("gzip"), InlineData("br"), InlineData("deflate")]
    public async Task Signature_is_over_the_body_as_it_was_sent(string? encoding)
    {
        var (key, secret) = await KeyAsync("required");
        var sent = Pack(Encoding.UTF8.GetBytes(Body), encoding);
        using (var stored = await SendAsync(key, sent, Sign(secret, sent), encoding: encoding)) Assert.Equal(202, (int)stored.StatusCode);
        using (var chunked = await SendAsync(key, sent, Sign(secret, sent), encoding: encoding, isChunked: true)) Assert.Equal(202, (int)chunked.StatusCode);
        if (encoding is null) return;
        using var unpacked = await SendAsync(key, sent, Sign(secret, Encoding.UTF8.GetBytes(Body)), encoding: encoding);
        await unpacked.ProblemAsync(401, "invalid-signature");
    }

    [Fact]
    public async Task Large_body_of_lines_is_signed_like_any_other()
    {
        var (key, secret) = await KeyAsync("required");
        var lines = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 900).Select(i => $$"""{"type":"signed","userId":"signer-{{i}}","payload":{"x":"{{new string('x', 2000)}}"} }""" + "\n")));
        foreach (var encoding in new[] { null, "gzip" })
        {
            var sent = Pack(lines, encoding);
            using var stored = await SendAsync(key, sent, Sign(secret, sent), encoding: encoding, isChunked: true, contentType: "application/x-ndjson");
            Assert.Equal(900, (int)(await stored.JsonAsync())["accepted"]!);
        }
    }

    [Fact]
    public async Task Without_its_signature_a_key_that_demands_it_sends_nothing()
    {
        var (key, secret) = await KeyAsync("required");
        var user = $"unsigned-{Guid.NewGuid():N}";
        var body = Encoding.UTF8.GetBytes($$"""{"type":"t","userId":"{{user}}"}""");
        var (time, signature) = Sign(secret, body);
        // How far off a time may be to the second, Core's tests say: there the clock stands still.
        foreach (var headers in new (string?, string?)[]
        {
            (null, null), (Now(), null), (null, Sign(secret, body).Signature), Sign(secret, body, -3600), Sign(secret, body, 3600),
            ($"{long.Parse(time!) + 1}", signature), (Now(), Sign("other", body).Signature), (Now(), "v1=" + new string('0', 64)), (Now(), "nonsense"), ("soon", Sign(secret, body).Signature),
        })
        {
            using var refused = await SendAsync(key, body, headers);
            await refused.ProblemAsync(401, "invalid-signature");
        }
        // Something behind the compressed data is part of the body.
        var packed = Pack(body, "gzip");
        using (var longer = await SendAsync(key, [.. packed, 1, 2, 3], Sign(secret, packed), encoding: "gzip")) Assert.InRange((int)longer.StatusCode, 400, 401);
        Assert.Equal(0, (int)(await server.Reader.GetJsonAsync($"/v1/journey?userId={user}"))["count"]!);
        using var stored = await SendAsync(key, body, Sign(secret, body));
        Assert.Equal(202, (int)stored.StatusCode);
    }

    [Fact]
    public async Task Optional_signatures_are_checked_when_they_come()
    {
        var (key, secret) = await KeyAsync("optional");
        var body = Encoding.UTF8.GetBytes(Body);
        using (var unsigned = await SendAsync(key, body, (null, null))) Assert.Equal(202, (int)unsigned.StatusCode);
        using (var signed = await SendAsync(key, body, Sign(secret, body))) Assert.Equal(202, (int)signed.StatusCode);
        using var wrong = await SendAsync(key, body, Sign("other", body));
        await wrong.ProblemAsync(401, "invalid-signature");
    }

    [Fact]
    public async Task Repeated_request_with_event_ids_is_stored_once()
    {
        var (key, secret) = await KeyAsync("required");
        var body = Encoding.UTF8.GetBytes($$"""{"eventId":"{{Guid.NewGuid()}}","type":"t","userId":"replayed"}""");
        var headers = Sign(secret, body);
        using (var first = await SendAsync(key, body, headers)) Assert.Equal(1, (int)(await first.JsonAsync())["accepted"]!);
        using var again = await SendAsync(key, body, headers);
        Assert.Equal((0, 1), ((int)(await again.JsonAsync())["accepted"]!, (int)(await again.JsonAsync())["duplicates"]!));
    }

    [Fact]
    public async Task During_a_change_of_secrets_a_sender_signs_with_both()
    {
        var (key, before) = await KeyAsync("required");
        var after = (string)(await SetAsync(new JsonObject { ["key"] = key, ["mode"] = "required", ["newSecret"] = true }))["secret"]!;
        Assert.NotEqual(before, after);
        var body = Encoding.UTF8.GetBytes(Body);
        var (timestamp, old) = Sign(before, body);
        using var stored = await SendAsync(key, body, (timestamp, $"{old}, {Sign(after, body, timestamp: timestamp).Signature}"));
        Assert.Equal(202, (int)stored.StatusCode);
    }

    [Fact]
    public async Task Turned_off_there_is_no_secret()
    {
        var (key, _) = await KeyAsync("required");
        Assert.Null((string?)(await SetAsync(new JsonObject { ["key"] = key, ["mode"] = "off" }))["secret"]);
        using var stored = await SendAsync(key, Encoding.UTF8.GetBytes(Body), (null, null));
        Assert.Equal(202, (int)stored.StatusCode);
    }

    [Theory]
    [InlineData("", "body"), InlineData("[]", "body"), InlineData("{", "body"), InlineData("""{"mode":"off"}""", "key"), InlineData("""{"key":5,"mode":"off"}""", "key"),
     InlineData("""{"key":"","mode":"off"}""", "key"), InlineData("""{"key":"k"}""", "mode"), InlineData("""{"key":"k","mode":"on"}""", "mode"),
     InlineData("""{"key":"k","mode":"required","newSecret":1}""", "newSecret"), InlineData("""{"key":"\ud800","mode":"off"}""", "key")]
    public async Task Bad_setting_is_named(string body, string name)
    {
        using var response = await PostAsync(body);
        Assert.NotNull((await response.ProblemAsync(400, "invalid-parameter"))["errors"]![name]);
    }

    [Fact]
    public async Task Too_long_a_setting_and_an_unknown_key_are_refused()
    {
        using var tooLong = await PostAsync($$"""{"key":"{{new string('k', 5000)}}","mode":"off"}""");
        await tooLong.ProblemAsync(400, "invalid-parameter");
        foreach (var mode in new[] { "off", "required" })
        {
            using var unknown = await PostAsync($$"""{"key":"nobody's","mode":"{{mode}}"}""");
            await unknown.ProblemAsync(404, "unknown-key");
        }
    }

    private static string Now(int seconds = 0) => DateTimeOffset.UtcNow.AddSeconds(seconds).ToUnixTimeSeconds().ToString();

    private static (string? Timestamp, string Signature) Sign(string secret, byte[] body, int seconds = 0, string? timestamp = null)
    {
        timestamp ??= Now(seconds);
        byte[] signed = [.. Encoding.ASCII.GetBytes(timestamp), (byte)'.', .. body];
        return (timestamp, "v1=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.ASCII.GetBytes(secret), signed)));
    }

    private static byte[] Pack(byte[] body, string? encoding)
    {
        using var packed = new MemoryStream();
        using (Stream? stream = encoding switch
        {
            "gzip" => new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            "br" => new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            "deflate" => new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            _ => null,
        }) stream?.Write(body);
        return encoding is null ? body : packed.ToArray();
    }

    private async Task<HttpResponseMessage> SendAsync(string key, byte[] body, (string? Timestamp, string? Signature) headers, string? encoding = null, bool isChunked = false,
        string contentType = "application/json")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/events") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        if (encoding is not null) request.Content.Headers.ContentEncoding.Add(encoding);
        if (isChunked) request.Headers.TransferEncodingChunked = true;
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (headers.Timestamp is { } timestamp) request.Headers.TryAddWithoutValidation("X-Signature-Timestamp", timestamp);
        if (headers.Signature is { } signature) request.Headers.TryAddWithoutValidation("X-Signature", signature);
        return await server.Anyone.SendAsync(request);
    }

    // A key that no server has met, so that what is set up holds at once.
    private async Task<(string Key, string Secret)> KeyAsync(string mode)
    {
        var key = $"signing-{Guid.NewGuid():N}";
        await using var add = server.App.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand("insert into site_keys (key_hash, site_id, kind) values ($1, 1, 'write')");
        add.Parameters.Add(new() { Value = SHA256.HashData(Encoding.UTF8.GetBytes(key)) });
        await add.ExecuteNonQueryAsync();
        var answer = await SetAsync(new JsonObject { ["key"] = key, ["mode"] = mode });
        Assert.Equal(mode, (string)answer["mode"]!);
        return (key, (string)answer["secret"]!);
    }

    private async Task<JsonNode> SetAsync(JsonObject setting)
    {
        using var response = await PostAsync(setting.ToJsonString());
        Assert.True((int)response.StatusCode == 200, await response.Content.ReadAsStringAsync());
        Assert.Equal("no-store", response.Headers.CacheControl!.ToString());
        return await response.JsonAsync();
    }

    private async Task<HttpResponseMessage> PostAsync(string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/admin/signing") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ServerFixture.AdminToken);
        return await server.Anyone.SendAsync(request);
    }
}
