using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using GrainAnalytics.Web.Tests.Hostile.Support;
using GrainAnalytics.Web.Tests.Support;
using Xunit.Abstractions;

namespace GrainAnalytics.Web.Tests.Hostile;

/// <summary>Bodies that are much larger or deeper than they look: refused, and the memory they cost is bounded by the limit
/// on a body and not by what was packed.</summary>
public sealed class BombTests(HostileServer server, ITestOutputHelper output) : IClassFixture<HostileServer>, IAsyncLifetime
{
    private const int AtOnce = 16;
    private const long Mebibyte = 1024 * 1024;

    // For each body at most its buffer of 5 MiB, rounded up by the pool, while the one before is still there; and the runtime's own.
    private const long Allowance = (AtOnce * 16 + 192) * Mebibyte;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => server.AssertUnharmedAsync();

    [Theory]
    [InlineData("gzip", 10_240)]        // 10 GiB in 10 MiB
    [InlineData("gzip", 4_000)]         // as much as fits into the largest body that is read at all
    [InlineData("deflate", 4_000)]
    [InlineData("br", 4_000)]
    [InlineData("members", 4_000)]
    public async Task Zip_bombs_are_refused_within_bounded_memory(string kind, int megabytes)
    {
        var bomb = kind switch
        {
            "deflate" => Bombs.Deflate(megabytes),
            "br" => Bombs.Brotli(megabytes),
            "members" => Bombs.GzipMembers(megabytes),
            _ => Bombs.Gzip(megabytes),
        };
        await server.AssertUnharmedAsync();
        var (before, refused) = (server.Memory.Now, await RefusedAsync());
        await Parallel.ForAsync(0, AtOnce * 4, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (i, cancel) =>
        {
            // With and without a length in front: with one the server need not read at all.
            using var content = i % 2 == 0 ? new ByteArrayContent(bomb) : (HttpContent)new StreamContent(new Unseekable(bomb));
            content.Headers.ContentType = MediaTypeHeaderValue.Parse(i % 3 == 0 ? "application/x-ndjson" : "application/json");
            content.Headers.ContentEncoding.Add(kind == "members" ? "gzip" : kind);
            Assert.Contains(await PostAsync(content, cancel), (int?[])[413, null]);
        });
        Assert.Equal(refused + AtOnce * 4, await RefusedAsync());
        var (now, peak) = server.Memory;
        output.WriteLine($"{bomb.Length / 1024} KiB for {megabytes} MiB: {before / Mebibyte} MiB before, {now / Mebibyte} MiB now, {peak / Mebibyte} MiB at most");
        Assert.True(peak - before < Allowance, $"{before / Mebibyte} MiB became {peak / Mebibyte} MiB");
    }

    [Fact]
    public async Task A_bomb_in_a_bomb_is_opened_once()
    {
        using var response = await server.Writer.PostBytesAsync(Bombs.GzipOf(Bombs.Gzip(1_000)), encoding: "gzip");
        await response.ProblemAsync(400, "malformed-body");
    }

    [Fact]
    public async Task Compressed_nothing_without_end_is_too_large()
    {
        // Empty members of gzip in chunks: what comes out never reaches a limit.
        byte[] nothing = [.. Enumerable.Repeat(Bombs.GzipOfNothing, 400_000).SelectMany(member => member)];
        var refused = await RefusedAsync();
        using var content = new StreamContent(new Unseekable(nothing));
        content.Headers.ContentEncoding.Add("gzip");
        Assert.Contains(await PostAsync(content, CancellationToken.None), (int?[])[413, null]);
        Assert.Equal(refused + 1, await RefusedAsync());
    }

    [Fact]
    public async Task Gzip_members_behind_each_other_are_one_body()
    {
        byte[] body = [.. Bombs.GzipOf("{\"type\":\"t\",\"userId\":\"members\"}\n"u8.ToArray()), .. Bombs.GzipOf("{\"type\":\"t\",\"userId\":\"members\"}"u8.ToArray())];
        using var response = await server.Writer.PostBytesAsync(body, "application/x-ndjson", "gzip");
        Assert.Equal(2, (int)(await response.JsonAsync())["accepted"]!);
        using var cut = await server.Writer.PostBytesAsync(body[..^4], "application/x-ndjson", "gzip");
        await cut.ProblemAsync(400, "corrupt-encoding");
    }

    [Theory]
    [InlineData("[", "]", 1_000_000, "nothing-valid")]
    [InlineData("[", "", 5_000_000, "malformed-body")]
    [InlineData("{\"a\":", "}", 800_000, "nothing-valid")]
    [InlineData("{\"\":", "", 1_000_000, "malformed-body")]
    [InlineData("]", "", 5_000_000, "malformed-body")]
    [InlineData("\"", "", 5_000_000, "malformed-body")]
    [InlineData("\\", "", 5_000_000, "malformed-body")]
    [InlineData("0", "", 5_000_000, "malformed-body")]
    [InlineData("\n", "", 5_000_000, "no-events")]
    public async Task Brackets_without_end_are_refused(string open, string close, int times, string code)
    {
        var innermost = close == "}" ? "1" : "";
        var body = string.Concat(Enumerable.Repeat(open, times)) + innermost + string.Concat(Enumerable.Repeat(close, times));
        using var response = await server.Writer.PostAsync(body);
        await response.ProblemAsync(400, code);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Rows_beside_a_deep_or_large_one_are_stored(bool isLines)
    {
        var user = $"beside-{isLines}";
        string[] bad =
        [
            new string('[', 1_000_000) + new string(']', 1_000_000),
            Bad(string.Concat(Enumerable.Repeat("{\"a\":", 100_000)) + "1" + new string('}', 100_000)),
            Bad("{" + string.Join(',', Enumerable.Range(0, 100_000).Select(i => $"\"k{i}\":0")) + "}"),
            "{" + string.Concat(Enumerable.Repeat("\"type\":\"t\",", 50_000)) + "\"userId\":\"bad\"}",
        ];
        var rows = bad.SelectMany(row => new[] { $$"""{"type":"t","userId":"{{user}}"}""", row });
        using var response = await server.Writer.PostAsync(isLines ? string.Join('\n', rows) : $"[{string.Join(',', rows)}]", isLines ? "application/x-ndjson" : "application/json");
        Assert.Equal(202, (int)response.StatusCode);
        var answer = await response.JsonAsync();
        Assert.Equal((4, 4), ((int)answer["accepted"]!, (int)answer["rejected"]!));
        Assert.Equal(["not-an-object", "event-too-large", "event-too-large", "event-too-large"], answer["errors"].Texts("code"));
        Assert.Equal(4, (int)(await HostileServer.ReadAsync(server.Reader, $"/v1/users/{user}/journey"))["count"]!);
    }

    [Fact]
    public async Task A_thousand_types_names_and_users_in_each_of_many_requests_stay_lists_of_bounded_size()
    {
        // What a sender invents becomes keys of tables and of the live feed's counters.
        using var live = await server.Reader.GetAsync("/v1/live", HttpCompletionOption.ResponseHeadersRead);
        for (var request = 0; request < 5; request++)
            await server.Writer.SendAsync($"[{string.Join(',', Enumerable.Range(0, 1000).Select(i =>
                $$$"""{"type":"type {{{request}}}-{{{i}}}","userId":"user {{{request}}}-{{{i}}}","sessionId":"session {{{i}}}","payload":{"key {{{request}}}-{{{i}}}":0}}"""))}]");
        var (client, snapshot) = await Live.LiveClient.WatchAsync(server.Reader);
        using (client) Assert.InRange(snapshot["counters"]!.AsObject().Count, 900, 1000);
    }

    private static string Bad(string payload) => $$"""{"type":"t","userId":"bad","payload":{{payload}}}""";

    // Null when the server said 413 and closed while this still sent: the client then sees the end and not the answer.
    private async Task<int?> PostAsync(HttpContent content, CancellationToken cancel)
    {
        try
        {
            using var response = await server.Writer.PostAsync("/v1/events", content, cancel);
            return (int)response.StatusCode;
        }
        catch (HttpRequestException e) when (e.InnerException is IOException)
        {
            return null;
        }
    }

    private async Task<int> RefusedAsync()
    {
        var line = Regex.Match(await server.Anyone.GetStringAsync("/metrics"), "^grainanalytics_ingest_requests_refused_total{outcome=\"body-too-large\"} ([0-9]+)", RegexOptions.Multiline);
        return line.Success ? int.Parse(line.Groups[1].Value) : 0;
    }

    // Has no length to tell, so that the body goes out in chunks.
    private sealed class Unseekable(byte[] bytes) : MemoryStream(bytes, writable: false)
    {
        public override bool CanSeek => false;
    }
}
