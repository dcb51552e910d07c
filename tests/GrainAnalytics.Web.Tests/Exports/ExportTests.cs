using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GrainAnalytics.Testing;
using GrainAnalytics.Web.Tests.Support;
using Npgsql;

namespace GrainAnalytics.Web.Tests.Exports;

/// <summary>A server with a site in a time zone of its own.</summary>
public sealed class ExportServer : ServerFixture
{
    protected override IEnumerable<string> Settings => ["--Bootstrap:TimeZone=Asia/Kolkata", "--Jobs:Enabled=false"];

    public async Task ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(Database.ConnectionString);
        await using var command = source.CreateCommand(sql);
        command.CommandTimeout = 120;
        await command.ExecuteNonQueryAsync();
    }
}

public sealed class ExportTests(ExportServer server) : IClassFixture<ExportServer>, IAsyncLifetime
{
    private static readonly string[] Columns = ["eventId", "userId", "anonymousId", "sessionId", "type", "occurredAt", "receivedAt", "payload", "path", "host", "referrer", "source",
        "medium", "campaign", "term", "content", "channel", "country", "language", "device", "browser", "os", "screen", "engagedMs", "isBot", "cursor"];

    public Task InitializeAsync() => server.ExecuteAsync("truncate events, event_keys");

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Everything_that_was_sent_comes_out_once_and_in_order()
    {
        var random = new Random(7);
        var sent = new Dictionary<string, string>();
        for (var batch = 0; batch < 30; batch++)
        {
            // Some at the same microsecond, some years apart.
            var rows = Enumerable.Range(0, 500).Select(i => new JsonObject
            {
                ["eventId"] = $"e-{batch}-{i}", ["type"] = random.Next(4) == 0 ? "identify" : "page_view", ["userId"] = $"ü\"{random.Next(50)}", ["sessionId"] = random.Next(2) == 0 ? null : $"s{i}",
                ["occurredAt"] = random.Next(3) == 0 ? "2026-03-01T12:00:00.000001Z" : DateTime.UnixEpoch.AddSeconds(random.Next(1_750_000_000)).ToString("yyyy-MM-ddTHH:mm:ss.fffZ"),
                ["payload"] = new JsonObject { ["n"] = i, ["text"] = "a,\"b\"\n" },
            }).ToArray();
            foreach (var row in rows) if (row["sessionId"] is null) row.Remove("sessionId");
            foreach (var row in rows) sent.Add((string)row["eventId"]!, Describe(row));
            await server.Writer.SendAsync(new JsonArray([.. rows]).ToJsonString());
        }
        var lines = await LinesAsync("/v1/export");
        var exported = lines.Select(line => JsonNode.Parse(line)!.AsObject()).ToList();
        Assert.Equal(sent.Count, exported.Count);
        Assert.All(exported, row => Assert.Equal(sent[(string)row["eventId"]!], Describe(row)));
        Assert.Equal(exported.OrderBy(row => (string)row["occurredAt"]!, StringComparer.Ordinal).Select(row => (string)row["occurredAt"]!), exported.Select(row => (string)row["occurredAt"]!));

        // From any line on it goes on with the next.
        foreach (var at in (int[])[0, 1, 4_999, 9_000, lines.Count - 2, lines.Count - 1])
            Assert.Equal(lines.Skip(at + 1), await LinesAsync($"/v1/export?cursor={exported[at]["cursor"]}"));
        Assert.Equal(lines.Where(line => line.Contains("\"type\":\"identify\"")), await LinesAsync("/v1/export?type=identify"));

        var csv = Parse(await server.Reader.GetStringAsync("/v1/export?format=csv"));
        Assert.Equal(Columns, csv[0]);
        Assert.Equal(exported.Select(row => $"{row["eventId"]} {row["userId"]} {row["payload"]!.ToJsonString()} {row["cursor"]}"),
            csv.Skip(1).Select(row => $"{row[0]} {row[1]} {JsonNode.Parse(row[7])!.ToJsonString()} {row[^1]}"));
    }

    [Fact]
    public async Task Facts_are_in_both_formats_and_payloads_stay_on_their_line()
    {
        await server.Writer.SendAsync("""
            {"eventId":"facts","type":"page_view","userId":"f","anonymousId":"anon","occurredAt":"2026-03-01T12:00:00Z","payload":{
              "url":"https://shop.example/a%20b?utm_source=news&utm_medium=email","referrer":"https://search.example/","screen":"1920x1080"}}
            """);
        var line = Assert.Single(await LinesAsync("/v1/export"));
        var row = JsonNode.Parse(line)!.AsObject();
        Assert.Equal(("anon", "/a%20b", "shop.example", "news", "email"), ((string)row["anonymousId"]!, (string)row["path"]!, (string)row["host"]!, (string)row["source"]!, (string)row["medium"]!));
        var csv = Parse(await server.Reader.GetStringAsync("/v1/export?format=csv"));
        foreach (var (name, cell) in Columns.Zip(csv[1]))
            if (name == "payload") Assert.Equal(row[name]!.ToJsonString(), JsonNode.Parse(cell)!.ToJsonString());
            else Assert.Equal(row[name]?.ToString() ?? (name == "isBot" ? "false" : ""), cell);
    }

    [Fact]
    public async Task Dates_are_days_of_the_site_and_instants_are_inclusive()
    {
        // The 1st of March in Kolkata, UTC+5:30, begins at 18:30 of the day before.
        string[] times = ["2026-02-28T18:29:59.999999Z", "2026-02-28T18:30:00.000Z", "2026-03-01T18:29:59.999999Z", "2026-03-01T18:30:00.000Z"];
        await server.Writer.SendAsync(JsonSerializer.Serialize(times.Select(time => new { type = "t", userId = "d", occurredAt = time })));
        Assert.Equal(times.Skip(1).Take(2), await TimesAsync("from=2026-03-01&to=2026-03-01"));
        Assert.Equal(times.Skip(1), await TimesAsync("from=2026-03-01"));
        Assert.Equal(times.Skip(1).Take(2), await TimesAsync($"from={times[1]}&to={times[2]}"));
        Assert.Empty(await TimesAsync("from=2026-03-03"));
        Assert.Empty(await TimesAsync("type=other"));

        async Task<string[]> TimesAsync(string query) => [.. (await LinesAsync($"/v1/export?{query}")).Select(line => (string)JsonNode.Parse(line)!["occurredAt"]!)];
    }

    [Theory]
    [InlineData("from=2026-03-02&to=2026-03-01", "from"), InlineData("from=yesterday", "from"), InlineData("format=xml", "format"), InlineData("cursor=abc", "cursor"),
     InlineData("cursor=________________________________", "cursor"), InlineData("cursor=!AZJrN7MYAABk49ufBpwAIAATy2caxoB", "cursor"), InlineData("type=", "type"), InlineData("to=2026-13-01", "to")]
    public async Task Bad_input_is_named(string query, string named)
    {
        var problem = await (await server.Reader.GetAsync($"/v1/export?{query}")).ProblemAsync(400, "invalid-parameter");
        Assert.Contains(named, problem["errors"]!.AsObject().Select(error => error.Key));
    }

    private async Task<List<string>> LinesAsync(string path)
    {
        using var response = await server.Reader.GetAsync(path);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        Assert.Equal("application/x-ndjson", response.Content.Headers.ContentType!.MediaType);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }

    private static string Describe(JsonObject row) =>
        $"{row["eventId"]} {row["type"]} {row["userId"]} {row["sessionId"]} {Micro((string)row["occurredAt"]!)} {row["payload"]!.ToJsonString()}";

    private static long Micro(string time) => TestEvents.At(time);

    // RFC 4180, written down once more.
    private static List<string[]> Parse(string csv)
    {
        var rows = new List<string[]>();
        var cells = new List<string>();
        var cell = new StringBuilder();
        for (int i = 0, quoted = 0; i < csv.Length; i++)
        {
            if (quoted == 1)
            {
                if (csv[i] != '"') cell.Append(csv[i]);
                else if (i + 1 < csv.Length && csv[i + 1] == '"') cell.Append(csv[i++]);
                else quoted = 0;
            }
            else if (csv[i] == '"') quoted = 1;
            else if (csv[i] is ',' or '\n')
            {
                cells.Add(cell.ToString());
                cell.Clear();
                if (csv[i] == ',') continue;
                rows.Add([.. cells]);
                cells.Clear();
            }
            else if (csv[i] != '\r') cell.Append(csv[i]);
        }
        return rows;
    }
}
