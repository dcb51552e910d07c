using System.Text;
using System.Text.Json.Nodes;
using GrainAnalytics.Fuzz.Generation;
using GrainAnalytics.Web.Tests.Hostile.Support;
using GrainAnalytics.Web.Tests.Support;

namespace GrainAnalytics.Web.Tests.Hostile;

/// <summary>Cursors, dates and limits that nobody was given, and requests of any bytes.</summary>
[Collection(HostileCollection.Name)]
public sealed class ParameterTests(HostileServer server) : IAsyncLifetime
{
    private const int Requests = 1500;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => server.AssertUnharmedAsync();

    [Fact]
    public async Task Cursor_with_any_character_changed_shows_nothing_but_the_users_events()
    {
        await server.Writer.SendAsync($"[{string.Join(',', Enumerable.Range(0, 6).Select(i => $$"""{"eventId":"cursor-{{i}}","type":"t","userId":"cursor"}"""))}]");
        var cursor = (string)(await HostileServer.ReadAsync(server.Reader, "/v1/users/cursor/journey?limit=2"))["nextCursor"]!;
        int accepted = 0, refused = 0;
        for (var at = 0; at <= cursor.Length; at++)
            foreach (var other in (string[])["", "A", "_", "-", "=", "%", " ", "\0", "é"])
            {
                var changed = at == cursor.Length ? cursor + other : cursor[..at] + other + cursor[(at + 1)..];
                using var response = await server.Reader.SendAsync(HostileServer.Get(server.Reader, $"/v1/journey?userId=cursor&cursor={Uri.EscapeDataString(changed)}"));
                var body = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
                if ((int)response.StatusCode == 400)
                {
                    Assert.NotNull(body["errors"]!["cursor"]);
                    refused++;
                    continue;
                }
                Assert.Equal(200, (int)response.StatusCode);
                Assert.All(body["events"]!.AsArray(), found => Assert.StartsWith("cursor-", (string)found!["eventId"]!));
                accepted++;
            }
        Assert.True(accepted > 10 && refused > 10, $"{accepted} accepted, {refused} refused");
    }

    [Fact]
    public async Task Times_at_the_ends_of_the_calendar_are_answered()
    {
        string[] ends = ["0001-01-01", "0001-01-01T00:00:00%2B23:59", "1970-01-01", "9999-12-31", "9999-12-31T23:59:59.999999-23:59", "2026-01-01T00:00:00-23:59"];
        foreach (var path in (string[])["/v1/users/u/journey", "/v1/admin/dead-letters"])
            foreach (var from in ends)
                foreach (var to in ends)
                {
                    using var response = await (path.Contains("admin") ? server.Operator : server.Reader).SendAsync(HostileServer.Get(server.Reader, $"{path}?from={from}&to={to}"));
                    Assert.Contains((int)response.StatusCode, new[] { 200, 400 });
                }
        foreach (var path in (string[])["/v1/stats/dau", "/v1/stats/top-events"])
            foreach (var day in (string[])["1900-01-01", "1969-12-31", "1970-01-01", "9998-12-31"])
            {
                using var response = await server.Reader.GetAsync($"{path}?from={day}&to={day}");
                Assert.Equal(200, (int)response.StatusCode);
            }
    }

    [Fact]
    public async Task Hostile_texts_as_every_parameter_are_answered_and_never_with_5xx()
    {
        string[] parameters = ["userId", "from", "to", "type", "limit", "cursor", "writeKey", "event_type", "date", "reason", "site", "all", "__proto__", "a[]", ""];
        string[] paths = ["/v1/journey", "/v1/users/u/journey", "/v1/sessions/s", "/v1/stats/dau", "/v1/stats/top-events", "/v1/admin/dead-letters", "/health", "/api-docs/index.html"];
        await Parallel.ForEachAsync(paths, async (path, cancel) =>
        {
            foreach (var name in parameters)
                foreach (var text in HostileTexts.All)
                    await AskAsync(path.Contains("admin") ? server.Operator : server.Reader, $"{path}?{name}={Uri.EscapeDataString(text)}", cancel);
        });
    }

    [Theory]
    [InlineData("/v1/users/a%2Fb/./journey"), InlineData("/v1/users/a%2Fb/x/../journey"), InlineData("/v1/users/a%2fb/%2e/journey"), InlineData("/v1/users/a%2Fb//../journey"),
     InlineData("/v1/x/../users/a%2Fb/journey/"), InlineData("/v1/users/a%2Fb/journey/.")]
    public async Task Escaped_slash_is_seen_behind_dot_segments(string path)
    {
        using var response = await server.Reader.SendAsync(HostileServer.Get(server.Reader, path));
        Assert.Contains("/v1/journey?userId=", (string?)(await response.ProblemAsync(400, "invalid-parameter"))["errors"]!["userId"]![0]);
    }

    [Theory]
    [InlineData("/v1/sessions/a%2Fslash"), InlineData("/v1/sessions/a%2fslash/."), InlineData("/v1/./sessions/a%2Fslash"), InlineData("/v1/sessions/a%2Fslash/x/..")]
    public async Task Escaped_slash_in_a_session_is_part_of_its_id_behind_dot_segments_too(string path)
    {
        await server.Writer.SendAsync("""{"eventId":"slashed","type":"t","userId":"slashed","sessionId":"a/slash"}""");
        Assert.Equal("a/slash", (string?)(await HostileServer.ReadAsync(server.Reader, path))["sessionId"]);
    }

    [Fact]
    public async Task Requests_with_any_bytes_changed_are_answered_or_refused()
    {
        byte[][] requests =
        [
            .. FramingCases.All.Values.Where(known => known.Request.Length < 1000).Select(known => Encoding.Latin1.GetBytes(known.Request)),
            [.. "GET /v1/users/u/journey?limit=5&from=2026-01-01&type=t HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer api-key-a\r\nAccept: text/csv;q=0.5, */*\r\n\r\n"u8],
            [.. "GET /v1/stats/top-events?from=2026-01-01&to=2026-01-02 HTTP/1.1\r\nHost: x\r\nX-Write-Key: api-key-a\r\nAccept: text/csv\r\n\r\n"u8],
            [.. "GET /v1/admin/dead-letters?limit=5&reason=missing-type HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer admin-token\r\n\r\n"u8],
        ];
        var mutator = new Mutator(requests);
        await Parallel.ForAsync(0, Requests, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (number, _) =>
        {
            var dice = new Dice();
            dice.Reset(Dice.SeedOf(1, number));
            List<byte> bytes = [.. requests[dice.Below(requests.Length)]];
            mutator.Change(dice, bytes);
            var answer = await server.TryRawAsync([.. bytes], TimeSpan.FromMilliseconds(100));
            // 505 is for versions of HTTP that are none.
            Assert.True(answer.Statuses.All(status => status is < 500 or 505), $"case {number}: {Convert.ToHexString([.. bytes])}: {answer.Text}");
        });
    }

    private static async Task AskAsync(HttpClient client, string path, CancellationToken cancel)
    {
        using var response = await client.SendAsync(HostileServer.Get(client, path), cancel);
        Assert.True((int)response.StatusCode < 500, $"{path}: {(int)response.StatusCode}");
    }
}
