using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using GrainAnalytics.Testing;
using GrainAnalytics.Web.Tests.Hostile.Support;
using GrainAnalytics.Web.Tests.Live;
using GrainAnalytics.Web.Tests.Support;

namespace GrainAnalytics.Web.Tests.Hostile;

/// <summary>Each hostile text is written as id, user, session, type, anonymous id and payload of an event, and comes back as it
/// was sent, alone, through every way that leads to it.</summary>
[Collection(HostileCollection.Name)]
public sealed class TextTests(HostileServer server) : IAsyncLifetime
{
    // As texts that JSON has two forms of: characters as they are, and as escapes.
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }, Escaped = new() { Encoder = JavaScriptEncoder.Default };

    public async Task InitializeAsync()
    {
        // All in one request, so that one transaction has to cope with all of them; the second time they are all duplicates.
        foreach (var (form, isRepeat) in new[] { (Plain, false), (Escaped, true) })
        {
            var answer = await server.Writer.SendAsync(JsonSerializer.Serialize(HostileTexts.All.Select(Event), form));
            if (isRepeat) Assert.Equal((0, HostileTexts.All.Length), ((int)answer["accepted"]!, (int)answer["duplicates"]!));
            Assert.Equal(HostileTexts.All, answer["eventIds"]!.AsArray().Select(id => (string)id!));
        }
    }

    public Task DisposeAsync() => server.AssertUnharmedAsync();

    [Fact]
    public void No_text_is_listed_twice() => Assert.Equal(HostileTexts.All.Length, HostileTexts.All.Distinct(StringComparer.Ordinal).Count());

    [Fact]
    public async Task User_is_found_by_query_with_exactly_its_own_event()
    {
        // Twice: from the database, and from memory.
        foreach (var text in HostileTexts.All.Concat(HostileTexts.All))
        {
            var page = await HostileServer.ReadAsync(server.Reader, $"/v1/journey?userId={Uri.EscapeDataString(text)}");
            Assert.Equal(text, (string?)page["userId"]);
            AssertIsEvent(text, Assert.Single(page["events"]!.AsArray())!);
        }
    }

    [Fact]
    public async Task User_is_found_by_path_unless_its_id_has_a_slash_or_is_a_dot_segment()
    {
        foreach (var text in HostileTexts.All)
        {
            using var response = await server.Reader.SendAsync(HostileServer.Get(server.Reader, $"/v1/users/{Uri.EscapeDataString(text)}/journey"));
            var body = await response.Content.ReadAsStringAsync();
            if (text is ".") Assert.DoesNotContain("\"events\":[", body);      // what is left is /v1/users/journey: a user of that name
            else if (text is "..") Assert.Contains("\"userId\":[\"is required.\"]", body);       // what is left is /v1/journey
            else if (text.Contains('/')) Assert.Contains("/v1/journey?userId=", body);
            else AssertIsEvent(text, Assert.Single(JsonNode.Parse(body)!["events"]!.AsArray())!);
        }
    }

    [Fact]
    public async Task Session_is_found_by_path_unless_it_is_a_dot_segment()
    {
        foreach (var text in HostileTexts.All.Where(text => text is not ("." or "..")))
        {
            var session = await HostileServer.ReadAsync(server.Reader, $"/v1/sessions/{Uri.EscapeDataString(text)}");
            Assert.Equal((text, text, 1), ((string)session["sessionId"]!, (string)session["userId"]!, (int)session["eventCount"]!));
            AssertIsEvent(text, Assert.Single(session["events"]!.AsArray())!);
        }
    }

    [Fact]
    public async Task Type_filters_and_is_counted()
    {
        foreach (var text in HostileTexts.All)
        {
            var page = await HostileServer.ReadAsync(server.Reader, $"/v1/journey?userId={Uri.EscapeDataString(text)}&type={Uri.EscapeDataString(text)}");
            AssertIsEvent(text, Assert.Single(page["events"]!.AsArray())!);
        }
        var top = await HostileServer.ReadAsync(server.Reader, "/v1/stats/top-events?limit=1000");
        var counts = top["data"]!.AsArray().ToDictionary(row => (string)row!["type"]!, row => (int)row!["count"]!, StringComparer.Ordinal);
        foreach (var text in HostileTexts.All) Assert.Equal(1, counts[text]);
        var csv = new HttpRequestMessage(HttpMethod.Get, "/v1/stats/top-events?limit=1000") { Headers = { { "Accept", "text/csv" } } };
        Assert.Equal(counts, ParseCsv(await (await server.Reader.SendAsync(csv)).Content.ReadAsStringAsync()).ToDictionary(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Live_snapshot_counts_each_type()
    {
        var (client, snapshot) = await LiveClient.WatchAsync(server.Reader);
        using (client)
            foreach (var text in HostileTexts.All)
                Assert.Equal(await server.ScalarAsync<long>("select count(*) from events where site_id = 1 and type = $1 and (occurred_at at time zone 'UTC')::date = $2",
                    text, DateOnly.Parse((string)snapshot["date"]!)), (long?)snapshot["counters"]![text] ?? 0);
    }

    [Fact]
    public async Task PostgreSQL_has_each_text_in_its_column()
    {
        foreach (var text in HostileTexts.All)
            Assert.Equal(1L, await server.ScalarAsync<long>("""
                select count(*) from events where user_id = $1 and type = $1 and session_id = $1 and anonymous_id = $1
                  and coalesce(event_id, key::text) = $1 and payload->>'text' = $1 and payload->$1->>0 = $1 and site_id = 1
                """, text));
        Assert.Equal(HostileTexts.All.Length, (int)await server.ScalarAsync<long>("select count(*) from events where anonymous_id is not null"));
    }

    [Fact]
    public async Task Cursor_leads_on_behind_each_text()
    {
        // All of one user at one instant, so that only the ids order them, byte by byte.
        const string user = "hostile cursors";
        await server.Writer.SendAsync(JsonSerializer.Serialize(HostileTexts.All.Select((text, i) =>
            new { eventId = $"{text[..Math.Min(text.Length, 100)]}{i:000}", type = "t", userId = user, occurredAt = "2026-01-02T03:04:05Z" })));
        var seen = new List<string>();
        for (var cursor = ""; cursor is not null;)
        {
            var page = await HostileServer.ReadAsync(server.Reader, $"/v1/journey?userId={Uri.EscapeDataString(user)}&limit=7{cursor}");
            seen.AddRange(page["events"].Texts("eventId"));
            cursor = page["nextCursor"] is { } next ? $"&cursor={next}" : null;
        }
        Assert.Equal(HostileTexts.All.Length, seen.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(seen.OrderByDescending(id => id, Comparer<string>.Create((a, b) =>
            System.Text.Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(System.Text.Encoding.UTF8.GetBytes(b)))), seen);
    }

    [Fact]
    public async Task Many_hostile_users_share_a_session()
    {
        const string session = "shared";
        var users = HostileTexts.All.Take(40).ToArray();
        foreach (var part in (string[][])[users, [.. users.Reverse()]])
            await server.Writer.SendAsync(JsonSerializer.Serialize(part.Select(text => new { type = "t", userId = text, sessionId = session, occurredAt = "2026-01-02T03:04:05Z" })));
        var found = await HostileServer.ReadAsync(server.Reader, $"/v1/sessions/{session}");
        Assert.Equal(80, (int)found["eventCount"]!);
        Assert.Equal(users.Concat(users).Order(StringComparer.Ordinal), found["events"].Texts("userId").Order(StringComparer.Ordinal));
    }

    private static object Event(string text) => new
    {
        eventId = text, type = text, userId = text, sessionId = text, anonymousId = text,
        payload = new Dictionary<string, object> { ["text"] = text, [text] = new[] { text } },
    };

    private static void AssertIsEvent(string text, JsonNode found)
    {
        Assert.Equal((text, text, text, text), ((string)found["eventId"]!, (string)found["userId"]!, (string)found["sessionId"]!, (string)found["type"]!));
        Assert.Equal((text, text), ((string)found["payload"]!["text"]!, (string)found["payload"]![text]![0]!));
    }

    // RFC 4180, without the header.
    private static IEnumerable<KeyValuePair<string, int>> ParseCsv(string csv)
    {
        for (var at = csv.IndexOf("\r\n", StringComparison.Ordinal) + 2; at < csv.Length;)
        {
            string text;
            if (csv[at] == '"')
            {
                var end = at + 1;
                while (csv[end] != '"' || csv[end + 1] == '"') end += csv[end] == '"' ? 2 : 1;
                text = csv[(at + 1)..end].Replace("\"\"", "\"");
                at = end + 2;
            }
            else
            {
                var end = csv.IndexOf(',', at);
                text = csv[at..end];
                at = end + 1;
            }
            var line = csv.IndexOf("\r\n", at, StringComparison.Ordinal);
            yield return new(text, int.Parse(csv[at..line]));
            at = line + 2;
        }
    }
}
