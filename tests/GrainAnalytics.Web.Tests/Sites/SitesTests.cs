using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using GrainAnalytics.Web.Tests.Support;

namespace GrainAnalytics.Web.Tests.Sites;

/// <summary>A server in a time zone of its own, for the operator to change.</summary>
public sealed class SitesServer : ServerFixture
{
    protected override IEnumerable<string> Settings => ["--Bootstrap:TimeZone=Pacific/Auckland", "--Bootstrap:SiteDomain=shop.example"];

    public async Task<HttpResponseMessage> AskAsync(HttpMethod method, string path, string? body = null, string? token = AdminToken)
    {
        using var request = new HttpRequestMessage(method, path);
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        return await Anyone.SendAsync(request);
    }

    public async Task<JsonNode> OkAsync(HttpMethod method, string path, string? body = null, int status = 200)
    {
        using var response = await AskAsync(method, path, body);
        Assert.True(status == (int)response.StatusCode, await response.Content.ReadAsStringAsync());
        return await response.JsonAsync();
    }
}

public sealed class SitesTests(SitesServer server) : IClassFixture<SitesServer>
{
    private const string Quota = "/v1/admin/sites/1/quota", Keys = "/v1/admin/sites/1/keys";

    private static string Hash(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    private async Task<HttpResponseMessage> SendAsync(string key, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/events") { Content = new StringContent(body) };
        request.Headers.Add("X-Write-Key", key);
        return await server.Anyone.SendAsync(request);
    }

    [Fact]
    public async Task A_daily_quota_holds_and_what_it_refused_is_stored_once_when_it_is_raised()
    {
        await Midnight.PassAsync("Pacific/Auckland");
        for (var round = 1; ; round++)
        {
            var since = Stopwatch.GetTimestamp();
            try
            {
                await UseUpQuotaAsync($"q{round}");
                return;
            }
            catch (Exception) when (round < 3 && Stopwatch.GetElapsedTime(since) > TimeSpan.FromSeconds(0.9))
            {
                // When the day's count takes a second to be read, events pass on credit, and for a second more. A wrong answer without that is wrong at once.
                await Task.Delay(TimeSpan.FromSeconds(2));
            }
        }
    }

    private async Task UseUpQuotaAsync(string user)
    {
        try
        {
            // What was stored today before there was a quota counts.
            await server.Writer.SendAsync($$"""[{"eventId":"{{user}}-1","type":"t","userId":"{{user}}"},{"eventId":"{{user}}-2","type":"t","userId":"{{user}}"}]""");
            var used = await UsedAsync(1_000_000);
            var site = await server.OkAsync(HttpMethod.Put, Quota, $$"""{"eventsPerDay":{{used + 2}}}""");
            Assert.Equal((used + 2, null, used), ((long)site["eventsPerDay"]!, (long?)site["eventsPerSecond"], (long)site["usedToday"]!));
            Assert.Equal(TimeZoneInfo.ConvertTime(DateTimeOffset.UtcNow, TimeZoneInfo.FindSystemTimeZoneById("Pacific/Auckland")).ToString("yyyy-MM-dd"), (string?)site["date"]);

            await server.Writer.SendAsync($$"""{"eventId":"{{user}}-3","type":"t","userId":"{{user}}"}""");
            await server.Writer.SendAsync($$"""{"eventId":"{{user}}-3","type":"t","userId":"{{user}}"}""");     // a duplicate is free
            var two = $$"""[{"eventId":"{{user}}-4","type":"t","userId":"{{user}}"},{"eventId":"{{user}}-5","type":"t","userId":"{{user}}"}]""";
            using (var refused = await server.Writer.PostAsync(two))
            {
                await refused.ProblemAsync(429, "quota-exceeded");
                Assert.Equal($"\"day\";q={used + 2};qu=\"events\";w=86400", Assert.Single(refused.Headers.GetValues("RateLimit-Policy")));
                Assert.StartsWith("\"day\";r=1;t=", Assert.Single(refused.Headers.GetValues("RateLimit")));
                Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 86_400 + 3600);
            }
            await server.Writer.SendAsync($$"""{"eventId":"{{user}}-4","type":"t","userId":"{{user}}"}""");     // one of the two fits
            await (await server.Writer.PostAsync(two)).ProblemAsync(429, "quota-exceeded");
            await server.OkAsync(HttpMethod.Put, Quota, $$"""{"events_per_day":{{used + 4}}}""");
            var answer = await server.Writer.SendAsync(two);
            Assert.Equal((1, 1), ((int)answer["accepted"]!, (int)answer["duplicates"]!));
            Assert.Equal(5, (int)(await server.Reader.GetJsonAsync($"/v1/users/{user}/journey"))["count"]!);
        }
        finally
        {
            await server.OkAsync(HttpMethod.Put, Quota, "{}");
        }
        for (var i = 0; i < 20; i++) await server.Writer.SendAsync($$"""{"type":"t","userId":"{{user}}"}""");
    }

    private async Task<long> UsedAsync(long perDay) => (long)(await server.OkAsync(HttpMethod.Put, Quota, $$"""{"eventsPerDay":{{perDay}}}"""))["usedToday"]!;

    [Fact]
    public async Task Sites_are_listed_with_their_keys_and_never_the_keys_themselves()
    {
        var only = Assert.Single((await server.OkAsync(HttpMethod.Get, "/v1/admin/sites"))["data"]!.AsArray())!;
        Assert.Equal((1, "shop.example", "Pacific/Auckland"), ((int)only["siteId"]!, (string)only["domain"]!, (string)only["timeZone"]!));
        var site = await server.OkAsync(HttpMethod.Get, "/v1/admin/sites/1");
        Assert.Contains(Hash(ServerFixture.WriteKey), site["keys"].Texts("sha256"));
        Assert.DoesNotContain(ServerFixture.ApiKey, site.ToJsonString());
        await (await server.AskAsync(HttpMethod.Get, "/v1/admin/sites/2")).ProblemAsync(404, "no-such-site");
        await (await server.AskAsync(HttpMethod.Get, "/v1/admin/sites/x")).ProblemAsync(404, "no-such-site");
    }

    [Fact]
    public async Task A_key_works_from_the_moment_it_is_added_until_it_is_removed()
    {
        const string Event = """{"type":"t","userId":"keys"}""";
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync("second-key", Event)).StatusCode);     // remembered as unknown
        var added = await server.OkAsync(HttpMethod.Post, Keys, """{"key":"second-key","kind":"write"}""", 201);
        Assert.Equal(("write", Hash("second-key")), ((string)added["kind"]!, (string)added["sha256"]!));
        Assert.Equal(HttpStatusCode.Accepted, (await SendAsync("second-key", Event)).StatusCode);
        await server.OkAsync(HttpMethod.Post, Keys, """{"key":"second-key","kind":"write"}""", 201);
        await (await server.AskAsync(HttpMethod.Post, Keys, """{"key":"second-key","kind":"api"}""")).ProblemAsync(409, "key-exists");
        await (await server.AskAsync(HttpMethod.Post, "/v1/admin/sites/7/keys", """{"key":"third-key","kind":"api"}""")).ProblemAsync(404, "no-such-site");

        await server.OkAsync(HttpMethod.Delete, $"{Keys}/{Hash("second-key")}");
        await (await SendAsync("second-key", Event)).ProblemAsync(401, "unknown-key");
        await (await server.AskAsync(HttpMethod.Delete, $"{Keys}/{Hash("second-key")}")).ProblemAsync(404, "no-such-key");
        await (await server.AskAsync(HttpMethod.Delete, $"{Keys}/nonsense")).ProblemAsync(404, "no-such-key");
        await server.Writer.SendAsync(Event);
    }

    [Theory]
    [InlineData("PUT", Quota, """{"eventsPerDay":0}""", "eventsPerDay"), InlineData("PUT", Quota, """{"eventsPerDay":1.5}""", "eventsPerDay"),
     InlineData("PUT", Quota, """{"eventsPerDay":"9"}""", "eventsPerDay"), InlineData("PUT", Quota, """{"eventsPerSecond":10000001}""", "eventsPerSecond"),
     InlineData("PUT", Quota, """{"eventPerDay":9}""", "eventPerDay"), InlineData("PUT", Quota, """{"eventsPerDay":1,"eventsPerDay":2}""", "eventsPerDay"),
     InlineData("PUT", Quota, """{"eventsPerDay":99999999999999999999}""", "eventsPerDay"),
     InlineData("PUT", Quota, "[]", "body"), InlineData("PUT", Quota, "", "body"), InlineData("PUT", Quota, "{\"\\ud800\":1}", "body"),
     InlineData("POST", Keys, """{"key":"has space","kind":"write"}""", "key"), InlineData("POST", Keys, """{"key":"","kind":"write"}""", "key"),
     InlineData("POST", Keys, """{"kind":"write"}""", "key"), InlineData("POST", Keys, """{"key":"k","kind":"admin"}""", "kind"), InlineData("POST", Keys, """{"key":"k"}""", "kind")]
    public async Task Bad_input_is_named(string method, string path, string body, string named)
    {
        using var response = await server.AskAsync(new HttpMethod(method), path, body);
        var problem = await response.ProblemAsync(400, "invalid-parameter");
        Assert.Equal([named], problem["errors"]!.AsObject().Select(error => error.Key));
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused()
    {
        using var response = await server.AskAsync(HttpMethod.Put, Quota, $$"""{"eventsPerDay":1{{new string(' ', 70_000)}}}""");
        await response.ProblemAsync(400, "invalid-parameter");
    }
}
