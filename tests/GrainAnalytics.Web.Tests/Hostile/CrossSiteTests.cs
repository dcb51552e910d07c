using System.Text.Json;
using System.Text.Json.Nodes;
using GrainAnalytics.Web.Tests.Hostile.Support;
using GrainAnalytics.Web.Tests.Live;
using GrainAnalytics.Web.Tests.Support;

namespace GrainAnalytics.Web.Tests.Hostile;

/// <summary>Two sites in one database, with users, sessions, types and event ids of the same names: the key decides whose rows
/// are seen, whatever else a request says.</summary>
[Collection(HostileCollection.Name)]
public sealed class CrossSiteTests(HostileServer server) : IAsyncLifetime
{
    private const int Events = 25;

    // Stands in every row of the other site that the first one has no row like, and in the payload of all of them.
    private const string Foreign = "foreign";

    /// <summary>Every endpoint that reads a site's data, and a request for what both sites have.</summary>
    private static readonly Dictionary<string, string[]> Reads = new()
    {
        ["/v1/users/{userId}/journey"] = ["/v1/users/both/journey", "/v1/users/foreign-user/journey", "/v1/users/both/journey?type=foreign-type"],
        ["/v1/journey"] = ["/v1/journey?userId=both", "/v1/journey?userId=foreign-user"],
        ["/v1/sessions/{id}"] = ["/v1/sessions/both", "/v1/sessions/foreign-session"],
        ["/v1/users"] = ["/v1/users", "/v1/users?query=f"],
        ["/v1/users/{userId}"] = ["/v1/users/foreign-user"],
        ["/v1/users/profile"] = ["/v1/users/profile?userId=foreign-user"],
        ["/v1/metrics"] = ["/v1/metrics"],
        ["/v1/stats/dau"] = ["/v1/stats/dau"],
        ["/v1/stats/wau"] = ["/v1/stats/wau"],
        ["/v1/stats/mau"] = ["/v1/stats/mau"],
        ["/v1/stats/timeseries"] = ["/v1/stats/timeseries?type=foreign-type"],
        ["/v1/stats/retention"] = ["/v1/stats/retention"],
        ["/v1/stats/breakdown"] = ["/v1/stats/breakdown?by=page", "/v1/stats/breakdown?by=payload.owner"],
        ["/v1/stats/pages"] = ["/v1/stats/pages?limit=1000"],
        ["/v1/stats/funnel"] = ["/v1/stats/funnel?steps=both-type,both-type"],
        ["/v1/stats/paths"] = ["/v1/stats/paths?from_type=both-type"],
        ["/v1/stats/sessions"] = ["/v1/stats/sessions"],
        ["/v1/stats/top-events"] = ["/v1/stats/top-events?limit=1000"],
        ["/v1/export"] = ["/v1/export", "/v1/export?format=csv"],
        ["/v1/live"] = [],      // has a test of its own
    };

    public async Task InitializeAsync()
    {
        await Midnight.PassAsync();
        // Ids are the same every time, so a second test finds what the first one stored.
        foreach (var (writer, owner) in new[] { (server.Writer, "own"), (server.OtherWriter, Foreign) })
            await writer.SendAsync(JsonSerializer.Serialize(Enumerable.Range(0, Events).Select(i => new
                { eventId = $"shared-{i}", type = "both-type", userId = "both", sessionId = "both", payload = new { owner } })));
        await server.OtherWriter.SendAsync("""{"eventId":"foreign-id","type":"foreign-type","userId":"foreign-user","sessionId":"foreign-session","payload":{"owner":"foreign"}}""");
    }

    public Task DisposeAsync() => server.AssertUnharmedAsync();

    [Fact]
    public async Task Every_endpoint_that_reads_is_in_the_list()
    {
        var paths = (await HostileServer.ReadAsync(server.Anyone, "/api-docs.json"))["paths"]!.AsObject();
        Assert.Equal(paths.Where(path => path.Key.StartsWith("/v1/", StringComparison.Ordinal) && !path.Key.StartsWith("/v1/admin/", StringComparison.Ordinal)
            && path.Key != "/v1/pixel.gif" && path.Value!["get"] is not null).Select(path => path.Key).Order(StringComparer.Ordinal), Reads.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task No_endpoint_shows_rows_of_another_site()
    {
        var shown = 0;
        foreach (var path in Reads.Values.SelectMany(paths => paths))
        {
            using var response = await server.Reader.GetAsync(path);
            var text = await response.Content.ReadAsStringAsync();
            Assert.Contains((int)response.StatusCode, new[] { 200, 404 });
            Assert.False(text.Replace("\"userId\":\"foreign-user\",\"count\":0", "").Contains(Foreign, StringComparison.Ordinal), $"{path}: {text}");
            if (text.Contains("\"owner\":\"own\"", StringComparison.Ordinal)) shown++;
            // The same request with the other site's key does show them, so that the test would see it.
            var other = await server.OtherReader.GetStringAsync(path);
            Assert.False(other.Contains("\"own\"", StringComparison.Ordinal), $"{path}: {other}");
            if (!path.StartsWith("/v1/stats", StringComparison.Ordinal) && !path.EndsWith("type=foreign-type", StringComparison.Ordinal)) Assert.Contains(Foreign, other);
        }
        Assert.Equal(4, shown);
    }

    [Fact]
    public async Task The_same_ids_are_stored_and_counted_once_in_each_site()
    {
        Assert.Equal(2L * Events, await server.ScalarAsync<long>("select count(*) from events where event_id like 'shared-%'"));
        foreach (var reader in (HttpClient[])[server.Reader, server.OtherReader])
        {
            var top = await HostileServer.ReadAsync(reader, "/v1/stats/top-events?limit=1000");
            Assert.Equal(Events, (int)top["data"]!.AsArray().Single(row => (string)row!["type"]! == "both-type")!["count"]!);
            Assert.Equal(Events, (int)(await HostileServer.ReadAsync(reader, "/v1/sessions/both"))["eventCount"]!);
        }
        foreach (var (reader, siteId) in new[] { (server.Reader, 1), (server.OtherReader, 2) })
        {
            var days = await HostileServer.ReadAsync(reader, "/v1/stats/dau");
            Assert.Equal(await server.ScalarAsync<long>("""
                select count(distinct (user_id, (occurred_at at time zone 'UTC')::date)) from events
                where site_id = $1 and (occurred_at at time zone 'UTC')::date >= $2
                """, siteId, DateOnly.Parse((string)days["data"]![0]!["date"]!)), days["data"]!.AsArray().Sum(day => (long)day!["activeUsers"]!));
        }
    }

    [Fact]
    public async Task Cursor_of_another_site_leads_through_ones_own_rows()
    {
        for (var path = "/v1/journey?userId=both&limit=5"; path is not null;)
        {
            var theirs = await HostileServer.ReadAsync(server.OtherReader, path);
            var mine = await HostileServer.ReadAsync(server.Reader, path);
            Assert.All(mine["events"]!.AsArray(), found => Assert.Equal("own", (string?)found!["payload"]!["owner"]));
            Assert.All(theirs["events"]!.AsArray(), found => Assert.Equal(Foreign, (string?)found!["payload"]!["owner"]));
            path = theirs["nextCursor"] is { } cursor ? $"/v1/journey?userId=both&limit=5&cursor={cursor}" : null;
        }
    }

    [Fact]
    public async Task Live_stream_carries_only_its_own_site()
    {
        var (mine, snapshot) = await LiveClient.WatchAsync(server.Reader);
        using var closes = mine;
        Assert.DoesNotContain(Foreign, snapshot.ToJsonString());
        var (theirs, _) = await LiveClient.WatchAsync(server.OtherReader);
        using var closesToo = theirs;
        for (var i = 0; i < 20; i++)
        {
            await server.OtherWriter.SendAsync("""{"type":"foreign-live","userId":"foreign-user","payload":{"owner":"foreign"}}""");
            await server.Writer.SendAsync("""{"type":"own-live","userId":"both","payload":{"owner":"own"}}""");
        }
        // Both had 20, turn by turn: who has seen all of its own would have seen some of the other's.
        foreach (var (client, own, others) in new[] { (mine, "own-live", Foreign), (theirs, "foreign-live", ":\"own") })
        {
            while (client.Counters.GetValueOrDefault(own) < 20) Assert.DoesNotContain(others, (await client.NextAsync())!.Value.Data.ToJsonString());
            Assert.DoesNotContain(client.Counters.Keys, type => type.EndsWith("-live", StringComparison.Ordinal) && type != own);
        }
    }

    [Fact]
    public async Task Of_two_keys_in_a_request_one_decides_alone()
    {
        foreach (var path in (string[])["/v1/users/both/journey", "/v1/sessions/both"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"{path}?writeKey={HostileServer.OtherApiKey}");
            request.Headers.Add("X-Write-Key", HostileServer.OtherApiKey);
            using var response = await server.Reader.SendAsync(request);     // with the first site's in Authorization
            var text = await response.Content.ReadAsStringAsync();
            Assert.Contains("\"owner\":\"own\"", text);
            Assert.DoesNotContain(Foreign, text);
        }
    }

    [Theory]
    [InlineData("both"), InlineData("foreign-user")]
    public async Task Write_keys_read_nothing(string user)
    {
        var paths = Reads.Values.SelectMany(some => some).Append("/v1/live").Append($"/v1/users/{user}/journey");
        foreach (var path in paths)
            foreach (var writer in (HttpClient[])[server.Writer, server.OtherWriter])
            {
                using var response = await writer.GetAsync(path);
                await response.ProblemAsync(403, "write-key-cannot-read");
            }
    }

    [Theory]
    [InlineData("api-key-b ' or '1'='1")]
    [InlineData("API-KEY-B")]
    [InlineData("api-key-b\u200b")]
    public async Task Nearly_a_key_is_no_key(string key)
    {
        using var response = await server.Anyone.GetAsync($"/v1/users/both/journey?writeKey={Uri.EscapeDataString(key)}");
        await response.ProblemAsync(401, "unknown-key");
    }

    [Fact]
    public async Task A_key_that_is_too_long_is_nobodys()
    {
        // The shortest keys there may be, one of which such a key once passed for.
        await server.ExecuteAsync("insert into site_keys (key_hash, site_id, kind) select sha256(chr(c)::bytea), 2, 'api' from generate_series(33, 126) c where c <> 92 on conflict do nothing");
        using var known = await server.Anyone.GetAsync("/v1/users/both/journey?writeKey=!");
        Assert.Equal(200, (int)known.StatusCode);
        using var response = await server.Anyone.GetAsync($"/v1/users/both/journey?writeKey={new string('k', 201)}");
        await response.ProblemAsync(401, "unknown-key");
    }

    [Fact]
    public async Task Site_keys_reach_nothing_of_the_operators()
    {
        var paths = (await HostileServer.ReadAsync(server.Anyone, "/api-docs.json"))["paths"]!.AsObject();
        var asked = 0;
        foreach (var (path, operations) in paths.Where(path => path.Key.StartsWith("/v1/admin/", StringComparison.Ordinal)))
            foreach (var (method, _) in operations!.AsObject())
                foreach (var client in (HttpClient[])[server.Anyone, server.Writer, server.Reader, server.OtherReader])
                {
                    using var response = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method.ToUpperInvariant()), path.Replace("{id}", "1") + "?all=true"));
                    Assert.Contains((int)response.StatusCode, new[] { 401, 403 });
                    Assert.DoesNotContain("\"letters\"", await response.Content.ReadAsStringAsync());
                    asked++;
                }
        Assert.True(asked > 0);
    }

    [Fact]
    public async Task Events_sent_with_an_API_key_belong_to_its_site()
    {
        await server.OtherReader.SendAsync("""{"eventId":"by-api-key","type":"t","userId":"by-api-key","payload":{"siteId":1,"site":"1"}}""");
        Assert.Equal(0, (int)(await HostileServer.ReadAsync(server.Reader, "/v1/users/by-api-key/journey"))["count"]!);
        Assert.Equal(1, (int)(await HostileServer.ReadAsync(server.OtherReader, "/v1/users/by-api-key/journey"))["count"]!);
    }
}
