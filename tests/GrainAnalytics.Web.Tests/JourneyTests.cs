using System.Net;
using System.Text.Json.Nodes;
using GrainAnalytics.Web.Tests.Support;

namespace GrainAnalytics.Web.Tests;

public sealed class JourneyTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task Lookup_after_the_answer_contains_the_event_as_it_was_sent()
    {
        await server.Writer.SendAsync("""
            {"eventId":"full-1","type":"page \"view\"","userId":"ünï/😀 \\1","anonymousId":"anon","session_id":"s\n1",
             "occurredAt":"2026-01-02T03:04:05.678901+02:00","payload":{"b": 1.0, "a":"ä\u00e4\n"}}
            """);
        var page = await server.Reader.GetJsonAsync("/v1/journey?userId=" + Uri.EscapeDataString("ünï/😀 \\1"));
        Assert.Equal(["userId", "count", "events", "nextCursor"], page.AsObject().Select(member => member.Key));
        Assert.Equal(1, (int)page["count"]!);
        Assert.Equal("ünï/😀 \\1", (string?)page["userId"]);
        Assert.Null(page["nextCursor"]);
        var found = Assert.Single(page["events"]!.AsArray())!;
        Assert.Equal(["eventId", "userId", "sessionId", "type", "payload", "occurredAt", "receivedAt"], found.AsObject().Select(member => member.Key));
        Assert.Equal(("full-1", "ünï/😀 \\1", "s\n1", "page \"view\""),
            ((string)found["eventId"]!, (string)found["userId"]!, (string)found["sessionId"]!, (string)found["type"]!));
        Assert.Equal("2026-01-02T01:04:05.678901Z", (string?)found["occurredAt"]);
        Assert.Equal("ää\n", (string?)found["payload"]!["a"]);
    }

    [Fact]
    public async Task Payload_comes_back_byte_for_byte()
    {
        const string Payload = """{"b": 1.0, "a":[ 1e3 ,"\u00e4"],  "b":2}""";
        await server.Writer.SendAsync($$"""{"type":"t","userId":"raw","payload":{{Payload}}}""");
        var text = await server.Reader.GetStringAsync("/v1/users/raw/journey");
        Assert.Contains($"\"payload\":{Payload},\"occurredAt\"", text);
    }

    [Fact]
    public async Task Answer_without_escapes_has_its_length_in_front()
    {
        await server.Writer.SendAsync("""[{"type":"t","userId":"sized","sessionId":"s"},{"type":"t","userId":"sized","occurredAt":"2026-01-02T03:04:05.678901Z"}]""");
        using var response = await server.Reader.GetAsync("/v1/users/sized/journey", HttpCompletionOption.ResponseHeadersRead);
        Assert.NotNull(response.Content.Headers.ContentLength);
        Assert.Equal(2, (int)(await response.JsonAsync())["count"]!);
        using var head = await server.Reader.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/v1/users/sized/journey"));
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Equal(response.Content.Headers.ContentLength, head.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task Large_pages_arrive_whole()
    {
        var text = new string('x', 30_000);
        await server.Writer.SendAsync($"[{string.Join(',', Enumerable.Range(0, 100).Select(i => $$$"""{"type":"t","userId":"large","payload":{"i":{{{i}}},"x":"{{{text}}}"}}"""))}]");
        var page = await server.Reader.GetJsonAsync("/v1/users/large/journey?limit=1000");
        Assert.Equal(100, page["events"]!.AsArray().Count);
        Assert.Equal(Enumerable.Range(0, 100), page["events"]!.AsArray().Select(e => (int)e!["payload"]!["i"]!).Order());
    }

    [Fact]
    public async Task Unknown_user_has_an_empty_journey() =>
        Assert.Equal("""{"userId":"nobody","count":0,"events":[],"nextCursor":null}""", await server.Reader.GetStringAsync("/v1/users/nobody/journey"));

    [Fact]
    public async Task Pages_of_2500_events_with_equal_times_miss_and_repeat_none()
    {
        foreach (var part in Enumerable.Range(0, 2500).Chunk(500))
            await server.Writer.SendAsync($"[{string.Join(',', part.Select(i =>
                $$"""{"eventId":"p-{{i:0000}}","type":"t","userId":"paged","occurredAt":"2026-02-0{{1 + i % 2}}T00:00:00Z"}"""))}]");
        var seen = new List<JsonNode>();
        var cursor = "";
        do
        {
            var page = await server.Reader.GetJsonAsync($"/v1/users/paged/journey?limit=300{cursor}");
            seen.AddRange(page["events"]!.AsArray().Select(e => e!));
            cursor = page["nextCursor"] is { } next ? $"&cursor={next}" : null;
        } while (cursor is not null);
        Assert.Equal(2500, seen.Count);
        Assert.Equal(2500, seen.Select(e => (string)e["eventId"]!).Distinct().Count());
        var order = seen.Select(e => (string)e["occurredAt"]! + (string)e["eventId"]!).ToList();
        Assert.Equal(order.OrderDescending(StringComparer.Ordinal), order);
    }

    [Theory]
    [InlineData("from=2026-03-02T00:00:00Z", "d2b d2a d2")]
    [InlineData("to=2026-03-01T23:59:59.999999Z", "d1")]
    [InlineData("from=2026-03-02T00:00:00Z&to=2026-03-02T00:00:00Z", "d2")]
    [InlineData("from=2026-03-02&to=2026-03-02", "d2b d2a d2")]
    [InlineData("to=2026-03-01", "d1")]
    [InlineData("from=2026-03-02T02:00:00+02:00&to=2026-03-02T02:00:00%2B02:00", "d2")]
    [InlineData("from=2026-03-02T02:00:00 02:00&to=2026-03-02", "d2b d2a d2")]
    [InlineData("type=other", "d2a")]
    [InlineData("type=none", "")]
    [InlineData("type=other&limit=1&from=2026-01-01&to=2026-12-31", "d2a")]
    [InlineData("limit=1", "d2b")]
    public async Task Filters_choose_events(string query, string expected)
    {
        await server.Writer.SendAsync("""
            [{"eventId":"d1","type":"t","userId":"filtered","occurredAt":"2026-03-01T23:59:59.999999Z"},
             {"eventId":"d2","type":"t","userId":"filtered","occurredAt":"2026-03-02T00:00:00Z"},
             {"eventId":"d2a","type":"other","userId":"filtered","occurredAt":"2026-03-02T12:00:00Z"},
             {"eventId":"d2b","type":"t","userId":"filtered","occurredAt":"2026-03-02T23:59:59.999999Z"}]
            """);
        var page = await server.Reader.GetJsonAsync("/v1/users/filtered/journey?" + query.Replace(" ", "%20"));
        Assert.Equal(expected, string.Join(' ', page["events"].Texts("eventId")));
        var same = await server.Reader.GetJsonAsync("/v1/journey?userId=filtered&" + query.Replace(" ", "+"));
        Assert.Equal(page["events"]!.ToJsonString(), same["events"]!.ToJsonString());
    }

    [Fact]
    public async Task Escaped_slash_in_the_path_points_to_the_other_form()
    {
        foreach (var path in (string[])["/v1/users/a%2fb/journey", "/v1/users/a%2Fb/journey?limit=1"])
        {
            using var response = await server.Reader.GetAsync(path);
            var problem = await response.ProblemAsync(400, "invalid-parameter");
            Assert.Contains("/v1/journey?userId=", (string?)problem["errors"]!["userId"]![0]);
        }
        Assert.Equal("a%2Fb", (string?)(await server.Reader.GetJsonAsync("/v1/users/a%252Fb/journey"))["userId"]);
        await server.Writer.SendAsync("""{"type":"t","userId":"a/b"}""");
        Assert.Equal(1, (int)(await server.Reader.GetJsonAsync("/v1/journey?userId=a%2Fb"))["count"]!);
    }

    [Fact]
    public async Task User_ids_of_200_characters_of_four_bytes_can_be_looked_up()
    {
        var user = string.Concat(Enumerable.Repeat("😀", 200));
        await server.Writer.SendAsync($$"""{"type":"t","userId":"{{user}}"}""");
        Assert.Equal(1, (int)(await server.Reader.GetJsonAsync($"/v1/users/{Uri.EscapeDataString(user)}/journey"))["count"]!);
    }
}
