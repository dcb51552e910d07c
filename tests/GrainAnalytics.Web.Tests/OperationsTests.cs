using System.Net;
using System.Text.Json.Nodes;
using GrainAnalytics.Testing;
using GrainAnalytics.Web.Tests.Support;

namespace GrainAnalytics.Web.Tests;

/// <summary>A server whose operations endpoints need the operator's token.</summary>
public sealed class GuardedServer : ServerFixture
{
    protected override IEnumerable<string> Settings => ["--Operations:RequireToken=true"];
}

public sealed class OperationsTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task Health_says_how_the_server_is()
    {
        // The database has a second to answer the question for it.
        JsonNode health = new JsonObject();
        await Wait.UntilAsync(async () => (string)(health = await server.Anyone.GetJsonAsync("/health"))["status"]! == "ok", "a healthy server");
        Assert.Equal(["status", "engine", "silos", "database", "bufferSize", "uptime", "memory", "version"], health.AsObject().Select(member => member.Key));
        Assert.Equal(("ok", "single-node", 1, "ok", 0), ((string)health["status"]!, (string)health["engine"]!, (int)health["silos"]!,
            (string)health["database"]!, (int)health["bufferSize"]!));
        Assert.InRange((double)health["uptime"]!, 0, 3600);
        Assert.InRange((long)health["memory"]!["rssBytes"]!, 10_000_000, 10_000_000_000);
        Assert.InRange((long)health["memory"]!["heapBytes"]!, 100_000, 10_000_000_000);
        Assert.Matches(@"^\d+\.\d+\.\d+", (string)health["version"]!);
    }

    [Fact]
    public async Task Stats_say_how_full_the_buffer_is() =>
        Assert.Equal("""{"bufferSize":0,"isFlushingInProgress":false,"maxBufferSize":500,"emergencyThreshold":50000,"bufferUtilization":0}""",
            await server.Anyone.GetStringAsync("/stats"));

    [Theory]
    [InlineData("/health/live"), InlineData("/health/ready"), InlineData("/health"), InlineData("/stats"), InlineData("/metrics"), InlineData("/"), InlineData("/api-docs/index.html")]
    public async Task Operations_need_no_key_and_answer_head(string path)
    {
        using var get = await server.Anyone.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, get.StatusCode);
        Assert.Equal("nosniff", Assert.Single(get.Headers.GetValues("X-Content-Type-Options")));
        using var head = await server.Anyone.SendAsync(new HttpRequestMessage(HttpMethod.Head, path));
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Start_page_loads_nothing_from_elsewhere()
    {
        using var response = await server.Anyone.GetAsync("/");
        var page = await response.Content.ReadAsStringAsync();
        Assert.DoesNotContain("src=\"http", page);
        Assert.DoesNotContain("href=\"http", page);
        var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'none'", policy);
        Assert.DoesNotContain("unsafe", policy);
        foreach (var file in (string[])["/page.js", "/page.css"])
        {
            Assert.Contains(file, page);
            Assert.NotEmpty(await server.Anyone.GetStringAsync(file));
        }
    }
}

public sealed class GuardedOperationsTests(GuardedServer server) : IClassFixture<GuardedServer>
{
    [Theory]
    [InlineData("/health"), InlineData("/stats"), InlineData("/metrics"), InlineData("/api-docs.json"), InlineData("/api-docs"), InlineData("/api-docs/index.html")]
    public async Task Operations_need_the_operators_token_when_the_options_say_so(string path)
    {
        foreach (var client in new[] { server.Anyone, server.Reader })
        {
            using var refused = await client.GetAsync(path);
            await refused.ProblemAsync(401, "operator-token-required");
        }
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new("Bearer", ServerFixture.AdminToken);
        using var response = await server.Anyone.SendAsync(request);
        Assert.Equal(path == "/api-docs" ? HttpStatusCode.MovedPermanently : HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("/health/live"), InlineData("/health/ready"), InlineData("/")]
    public async Task Probes_stay_open(string path)
    {
        using var response = await server.Anyone.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }
}
