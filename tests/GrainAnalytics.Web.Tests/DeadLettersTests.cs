using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Testing;
using GrainAnalytics.Web.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace GrainAnalytics.Web.Tests;

public sealed class DeadLettersTests(ServerFixture server) : IClassFixture<ServerFixture>, IAsyncLifetime
{
    private const string Path = "/v1/admin/dead-letters", Good = """{"type":"t","userId":"letters"}""";

    // Every test begins without letters.
    public Task InitializeAsync() => ExecuteAsync("delete from dead_letters");

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Rejected_rows_of_an_accepted_request_are_listed_with_their_bytes()
    {
        await SendAsync($$"""[{{Good}}, { "type" : "für" }, 5]""");
        byte[] noText = [.. "{\"type\":\""u8, 0xff, .. "\"}"u8];
        await server.Writer.PostBytesAsync([.. "{\"type\":\"t\",\"userId\":\"u\"}\n"u8, .. noText], "application/x-ndjson");
        var letters = await ListAsync(3);
        Assert.Equal(["malformed-line", "not-an-object", "missing-user"], letters.Texts("reason"));
        Assert.Equal(["base64", "utf-8", "utf-8"], letters.Texts("encoding"));
        Assert.Equal(noText, Convert.FromBase64String((string)letters[0]!["original"]!));
        var letter = letters[2]!;
        Assert.Equal("""{ "type" : "für" }""", (string)letter["original"]!);
        Assert.Equal((19, false, 0, "row", "My site"), ((int)letter["bytes"]!, (bool)letter["isTruncated"]!, (int)letter["attempts"]!, (string)letter["form"]!, (string)letter["siteName"]!));
        Assert.Equal("userId or anonymousId is required.", (string)letter["detail"]!);
        Assert.Null(letter["triedAt"]);
        Assert.True(string.CompareOrdinal((string)letter["receivedAt"]!, (string)letter["setAsideAt"]!) <= 0);
        var one = await GetAsync($"{Path}/{letter["id"]}");
        Assert.Equal(letter.ToJsonString(), one.ToJsonString());
    }

    [Fact]
    public async Task A_request_of_which_nothing_was_accepted_leaves_no_letter()
    {
        using var refused = await server.Writer.PostAsync("[{},5]");
        await refused.ProblemAsync(400, "nothing-valid");
        await SendAsync($"[{Good},6]");
        Assert.Equal("6", (string)(await ListAsync(1))[0]!["original"]!);
    }

    [Fact]
    public async Task Pages_and_filters_find_each_letter_once()
    {
        await SendAsync($"[{Good},{string.Join(',', Enumerable.Range(0, 30).Select(i => i % 3 == 0 ? $"{i}" : $$"""{"n":{{i}}}"""))}]");
        var all = (await ListAsync(30)).Texts("original");
        var pages = new List<string>();
        for (var path = $"{Path}?limit=7"; ;)
        {
            var page = await GetAsync(path);
            pages.AddRange(page["letters"].Texts("original"));
            if ((string?)page["nextCursor"] is not { } cursor) break;
            path = $"{Path}?limit=7&cursor={cursor}";
        }
        Assert.Equal(all, pages);
        Assert.Equal(10, (int)(await GetAsync($"{Path}?reason=not-an-object&site=1"))["count"]!);
        Assert.Equal(0, (int)(await GetAsync($"{Path}?site=2"))["count"]!);
        Assert.Equal(0, (int)(await GetAsync($"{Path}?to=2020-01-01"))["count"]!);
        Assert.Equal(30, (int)(await GetAsync($"{Path}?from=2020-01-01&to=2120-01-01"))["count"]!);
    }

    [Theory]
    [InlineData("?reason=no-such", "reason"), InlineData("?site=0", "site"), InlineData("?site=x", "site"), InlineData("?limit=0", "limit"), InlineData("?limit=201", "limit"),
     InlineData("?from=yesterday", "from"), InlineData("?from=2026-02-01&to=2026-01-01", "from"), InlineData("?cursor=x", "cursor"), InlineData("?reason=", "reason"),
     InlineData("?site=1&site=2", "site")]
    public async Task Bad_parameter_is_named(string query, string name)
    {
        using var listed = await AskAsync(HttpMethod.Get, Path + query);
        Assert.NotNull((await listed.ProblemAsync(400, "invalid-parameter"))["errors"]![name]);
    }

    [Theory]
    [InlineData("DELETE", "", ""), InlineData("POST", "/retry", ""), InlineData("POST", "/retry", "?limit=5"), InlineData("DELETE", "", "?all=yes"),
     InlineData("DELETE", "", "?all=true&site=1"), InlineData("POST", "/retry", "?all=true&from=2026-01-01")]
    public async Task All_letters_are_only_meant_by_who_says_so(string method, string path, string query)
    {
        using var response = await AskAsync(new HttpMethod(method), Path + path + query);
        Assert.NotNull((await response.ProblemAsync(400, "invalid-parameter"))["errors"]!["all"]);
    }

    [Fact]
    public async Task A_letter_that_is_still_bad_stays_with_its_new_reason_and_one_that_became_good_is_stored_once()
    {
        // Kept with a fault that is gone by now: as after a limit was raised.
        var id = await AddAsync("""{"type":"retried","userId":"letters-retry","payload":{"n":1}}""", "nesting-too-deep", "2026-01-05T10:00:00Z");
        var bad = await AddAsync("""{"type":"retried"}""", "nesting-too-deep", "2026-01-05T10:00:00Z");
        var answer = await PostAsync($"{Path}/{bad}/retry");
        Assert.Equal(("missing-user", false), ((string)answer["outcome"]!, (bool)answer["isRemoved"]!));
        var kept = await GetAsync($"{Path}/{bad}");
        Assert.Equal(("missing-user", 1), ((string)kept["reason"]!, (int)kept["attempts"]!));
        Assert.NotNull(kept["triedAt"]);

        answer = await PostAsync($"{Path}/{id}/retry");
        Assert.Equal(("stored", true), ((string)answer["outcome"]!, (bool)answer["isRemoved"]!));
        using var gone = await AskAsync(HttpMethod.Get, $"{Path}/{id}");
        await gone.ProblemAsync(404, "unknown-dead-letter");
        var stored = Assert.Single((await server.Reader.GetJsonAsync("/v1/users/letters-retry/journey"))["events"]!.AsArray())!;
        // It happened, and arrived, when it did.
        Assert.Equal("2026-01-05T10:00:00.000Z", (string)stored["occurredAt"]!);
        Assert.Equal("2026-01-05T10:00:00.000Z", (string)stored["receivedAt"]!);
        Assert.Equal("""{"n":1}""", stored["payload"]!.ToJsonString());
    }

    [Fact]
    public async Task The_same_letter_tried_by_many_at_once_is_stored_once()
    {
        // No event id: only the letter's own identity keeps it from being stored several times.
        var id = await AddAsync("""{"type":"once","userId":"letters-once"}""", "missing-type", "2026-01-05T10:00:00Z");
        await Task.WhenAll(Enumerable.Range(0, 12).Select(async _ =>
        {
            using var response = await AskAsync(HttpMethod.Post, $"{Path}/{id}/retry");
            Assert.Contains((int)response.StatusCode, new[] { 200, 404 });
        }));
        Assert.Single((await server.Reader.GetJsonAsync("/v1/users/letters-once/journey"))["events"]!.AsArray());
        // As after a crash between storing the event and removing its letter.
        await AddAsync("""{"type":"once","userId":"letters-once"}""", "missing-type", "2026-01-05T10:00:00Z", id);
        Assert.Equal("duplicate", (string)(await PostAsync($"{Path}/{id}/retry"))["outcome"]!);
        Assert.Single((await server.Reader.GetJsonAsync("/v1/users/letters-once/journey"))["events"]!.AsArray());
    }

    [Fact]
    public async Task Times_are_those_of_the_first_arrival_and_only_how_far_ahead_is_judged_now()
    {
        var now = TimeProvider.System.NowMicroseconds();
        string At(long at) => Instant.ToText(at / Instant.Second * Instant.Second);
        // Arrived ten days ago, and was then three days ahead.
        var ahead = await AddAsync($$"""{"type":"t","userId":"letters-time","occurredAt":"{{At(now - 7 * Instant.Day)}}"}""", "occurred-at-out-of-range", At(now - 10 * Instant.Day));
        // A clock that is two hours ahead.
        var shifted = await AddAsync($$"""{"type":"t","userId":"letters-time","occurredAt":"{{At(now - 10 * Instant.Day + Instant.Hour)}}","sentAt":"{{At(now - 10 * Instant.Day + 2 * Instant.Hour)}}"}""",
            "missing-user", At(now - 10 * Instant.Day));
        foreach (var id in new[] { ahead, shifted }) Assert.Equal("stored", (string)(await PostAsync($"{Path}/{id}/retry"))["outcome"]!);
        Assert.Equal([At(now - 7 * Instant.Day), At(now - 10 * Instant.Day - Instant.Hour)],
            (await server.Reader.GetJsonAsync("/v1/users/letters-time/journey"))["events"].Texts("occurredAt"));
        var future = await AddAsync($$"""{"type":"t","userId":"letters-time","occurredAt":"{{At(now + 3 * Instant.Day)}}"}""", "missing-user", At(now - 10 * Instant.Day));
        Assert.Equal("occurred-at-out-of-range", (string)(await PostAsync($"{Path}/{future}/retry"))["outcome"]!);
    }

    [Theory]
    [InlineData("[{\"type\":\"a\",\"userId\":\"letters-list\"},{\"type\":\"b\",\"userId\":\"letters-list\"}]", "not-an-object")]
    [InlineData("{\n  \"type\": \"t\",\n  \"userId\": 5\n}", "invalid-user-id")]
    [InlineData("{\"type\":\"t\",\"userId\":\"u\"} {}", "malformed-line")]
    [InlineData("{\"type\":\"\\ud800\",\"userId\":\"u\"}", "lone-surrogate")]
    public async Task A_row_is_tried_as_one_row(string row, string outcome)
    {
        var id = await AddAsync(row, "missing-type", "2026-01-05T10:00:00Z");
        Assert.Equal(outcome, (string)(await PostAsync($"{Path}/{id}/retry"))["outcome"]!);
    }

    [Fact]
    public async Task An_event_that_the_database_refused_can_be_tried_once_the_reason_is_gone()
    {
        await ExecuteAsync("alter table events add constraint no_letters check (type <> 'poisoned letter')");
        const string Poison = """{"eventId":"poison-1","type":"poisoned letter","userId":"letters-poison","sessionId":"s \"1\"","anonymousId":"a","occurredAt":"2026-01-05T10:00:00.000Z","payload":{"x": [1, "ü"]}}""";
        using var refused = await server.Writer.PostAsync($"[{Good},{Poison}]");
        Assert.Equal("poison-row", (string)(await refused.JsonAsync())["errors"]![0]!["code"]!);
        var letter = (await ListAsync(1))[0]!;
        Assert.Equal(("poison-row", "event", 0), ((string)letter["reason"]!, (string)letter["form"]!, (int)letter["attempts"]!));
        Assert.Contains("no_letters", (string)letter["detail"]!);
        Assert.Equal(Sorted(JsonNode.Parse(Poison)!), Sorted(JsonNode.Parse((string)letter["original"]!)!));
        Assert.Contains("""{"x": [1, "ü"]}""", (string)letter["original"]!);

        Assert.Equal("poison-row", (string)(await PostAsync($"{Path}/{letter["id"]}/retry"))["outcome"]!);
        Assert.Equal(1, (int)(await ListAsync(1))[0]!["attempts"]!);
        Assert.Contains("no_letters", (string)(await ListAsync(1))[0]!["detail"]!);

        await ExecuteAsync("alter table events drop constraint no_letters");
        Assert.Equal("stored", (string)(await PostAsync($"{Path}/{letter["id"]}/retry"))["outcome"]!);
        Assert.Equal("poison-1", (string)(await server.Reader.GetJsonAsync("/v1/users/letters-poison/journey"))["events"]![0]!["eventId"]!);
        await ListAsync(0);
    }

    [Fact]
    public async Task A_row_that_the_database_refuses_when_it_is_tried_stays_one_letter_with_the_databases_words()
    {
        await ExecuteAsync("alter table events add constraint no_rows check (type <> 'poisoned row')");
        var id = await AddAsync("""{"type":"poisoned row","userId":"letters-row"}""", "missing-type", "2026-01-05T10:00:00Z");
        Assert.Equal("poison-row", (string)(await PostAsync($"{Path}/{id}/retry"))["outcome"]!);
        var letter = (await ListAsync(1))[0]!;
        Assert.Equal((id, "poison-row", "row", 1), ((long)letter["id"]!, (string)letter["reason"]!, (string)letter["form"]!, (int)letter["attempts"]!));
        Assert.Contains("no_rows", (string)letter["detail"]!);
        await ExecuteAsync("alter table events drop constraint no_rows");
        Assert.Equal("stored", (string)(await PostAsync($"{Path}/{id}/retry"))["outcome"]!);
    }

    [Fact]
    public async Task A_letter_of_which_only_the_beginning_was_kept_cannot_be_tried()
    {
        var row = $$$"""{"type":"t","userId":"u","payload":{"x":"{{{new string('x', 40_000)}}}"}}""";
        await SendAsync($"[{Good},{row}]");
        var letter = (await ListAsync(1))[0]!;
        Assert.Equal((true, row.Length, "event-too-large"), ((bool)letter["isTruncated"]!, (int)letter["bytes"]!, (string)letter["reason"]!));
        Assert.Equal(row[..32768], (string)letter["original"]!);
        using var refused = await AskAsync(HttpMethod.Post, $"{Path}/{letter["id"]}/retry");
        await refused.ProblemAsync(409, "not-retriable");
        Assert.Equal(1, (int)(await PostAsync($"{Path}/retry?all=true"))["skipped"]!);
        await ListAsync(1);
    }

    [Fact]
    public async Task Many_are_tried_at_once_oldest_first_and_in_portions()
    {
        for (var i = 0; i < 60; i++)
            await AddAsync(i % 3 == 2 ? "{}" : $$"""{"type":"bulk","userId":"letters-bulk","eventId":"bulk-{{i / 6}}-{{i % 3}}"}""", i % 2 == 0 ? "missing-type" : "missing-user", "2026-01-05T10:00:00Z");
        var first = await PostAsync($"{Path}/retry?reason=missing-type&limit=10");
        Assert.NotNull(first["nextCursor"]);
        var rest = await PostAsync($"{Path}/retry?reason=missing-type&cursor={first["nextCursor"]}");
        Assert.Null((string?)rest["nextCursor"]);
        Assert.Null((string?)rest["stopped"]);
        int Sum(string name) => (int)first[name]! + (int)rest[name]!;
        Assert.Equal((20, 0, 10, 0), (Sum("stored"), Sum("duplicates"), Sum("refused"), Sum("skipped")));
        // The same ids under the other reason, and rows that were refused before under their reason now.
        var others = await PostAsync($"{Path}/retry?all=true");
        Assert.Equal((0, 20, 20), ((int)others["stored"]!, (int)others["duplicates"]!, (int)others["refused"]!));
        Assert.Equal(20, (await server.Reader.GetJsonAsync("/v1/users/letters-bulk/journey"))["events"]!.AsArray().Count);
        Assert.Equal(20, (int)(await ListAsync(20)).AsArray().Count);
    }

    [Fact]
    public async Task Letters_are_deleted_one_by_one_and_by_filter()
    {
        await SendAsync($$"""[{{Good}},1,2,{},{"a":1}]""");
        var letters = await ListAsync(4);
        using (var deleted = await AskAsync(HttpMethod.Delete, $"{Path}/{letters[0]!["id"]}")) Assert.Equal(1, (int)(await deleted.JsonAsync())["deleted"]!);
        using (var again = await AskAsync(HttpMethod.Delete, $"{Path}/{letters[0]!["id"]}")) await again.ProblemAsync(404, "unknown-dead-letter");
        using (var numbers = await AskAsync(HttpMethod.Delete, $"{Path}?reason=not-an-object")) Assert.Equal(2, (int)(await numbers.JsonAsync())["deleted"]!);
        using (var all = await AskAsync(HttpMethod.Delete, $"{Path}?all=true")) Assert.Equal(1, (int)(await all.JsonAsync())["deleted"]!);
    }

    [Theory]
    [InlineData("0"), InlineData("-1"), InlineData("x"), InlineData("99999999999999999999")]
    public async Task An_unknown_number_is_not_found(string id)
    {
        foreach (var (method, path) in new[] { (HttpMethod.Get, id), (HttpMethod.Delete, id), (HttpMethod.Post, $"{id}/retry") })
        {
            using var response = await AskAsync(method, $"{Path}/{path}");
            Assert.Equal(404, (int)response.StatusCode);
        }
    }

    [Fact]
    public async Task Letters_are_counted()
    {
        var kept = await MetricAsync("grainanalytics_dead_letters_kept_total{reason=\"invalid-sent-at\"}");
        await SendAsync($$"""[{{Good}},{"type":"t","userId":"u","sentAt":"x"}]""");
        await Wait.UntilAsync(async () => await MetricAsync("grainanalytics_dead_letters_kept_total{reason=\"invalid-sent-at\"}") > (kept ?? 0), "the letter to be counted");
        Assert.NotNull(await MetricAsync("grainanalytics_dead_letters_dropped_total{cause=\"queue-full\"}"));
        Assert.NotNull(await MetricAsync("grainanalytics_dead_letters_kept_total{reason=\"poison-row\"}"));
        Assert.NotNull(await MetricAsync("grainanalytics_dead_letters_retried_total{outcome=\"stored\"}"));
    }

    private async Task SendAsync(string body)
    {
        using var response = await server.Writer.PostAsync(body);
        Assert.True((int)response.StatusCode == 202, await response.Content.ReadAsStringAsync());
    }

    // Letters are written behind the answer's back.
    private async Task<JsonNode> ListAsync(int count)
    {
        JsonNode letters = new JsonArray();
        await Wait.UntilAsync(async () => (letters = (await GetAsync($"{Path}?limit=200"))["letters"]!).AsArray().Count == count, $"{count} dead letters");
        return letters;
    }

    private async Task<JsonNode> GetAsync(string path)
    {
        using var response = await AskAsync(HttpMethod.Get, path);
        Assert.True((int)response.StatusCode == 200, await response.Content.ReadAsStringAsync());
        Assert.Equal("no-store", response.Headers.CacheControl!.ToString());
        return await response.JsonAsync();
    }

    private async Task<JsonNode> PostAsync(string path)
    {
        using var response = await AskAsync(HttpMethod.Post, path);
        Assert.True((int)response.StatusCode == 200, await response.Content.ReadAsStringAsync());
        return await response.JsonAsync();
    }

    private async Task<HttpResponseMessage> AskAsync(HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ServerFixture.AdminToken);
        return await server.Anyone.SendAsync(request);
    }

    private async Task<double?> MetricAsync(string series) =>
        (await server.Anyone.GetStringAsync("/metrics")).Split('\n').FirstOrDefault(line => line.StartsWith(series + " ", StringComparison.Ordinal)) is { } line
            ? double.Parse(line[(series.Length + 1)..], System.Globalization.CultureInfo.InvariantCulture) : null;

    private async Task<long> AddAsync(string row, string reason, string receivedAt, long? id = null)
    {
        await using var command = server.App.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand($"""
            insert into dead_letters (id, site_id, key, reason, detail, event, form, received_at) overriding system value
            values ({(id is null ? "default" : "$6")}, 1, $1, $2, $3, $4, 'row', $5) returning id
            """);
        // A letter that comes back has the identity that it had.
        var key = id is null ? Guid.CreateVersion7() : _keys[id.Value];
        foreach (var value in (object[])[key, reason, "x", System.Text.Encoding.UTF8.GetBytes(row), DateTime.Parse(receivedAt).ToUniversalTime()]) command.Parameters.Add(new() { Value = value });
        if (id is not null) command.Parameters.Add(new() { Value = id.Value });
        var added = (long)(await command.ExecuteScalarAsync())!;
        _keys[added] = key;
        return added;
    }

    private readonly Dictionary<long, Guid> _keys = [];

    private async Task ExecuteAsync(string sql)
    {
        await using var command = server.App.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static string Sorted(JsonNode node) => string.Join(',', node.AsObject().OrderBy(member => member.Key, StringComparer.Ordinal).Select(member => $"{member.Key}={member.Value!.ToJsonString()}"));
}
