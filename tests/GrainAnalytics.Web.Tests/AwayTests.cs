using GrainAnalytics.Core.Sites;
using GrainAnalytics.Web.Auth;
using GrainAnalytics.Web.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace GrainAnalytics.Web.Tests;

/// <summary>A server whose database is not there.</summary>
public sealed class LonelyServer : ServerFixture
{
    protected override Task<string> ConnectionStringAsync() => Task.FromResult("Host=127.0.0.1;Port=9;Username=nobody;Database=none;Timeout=1");

    public override Task InitializeAsync()
    {
        IsPatient = false;
        return StartAsync();
    }
}

public sealed class AwayTests(LonelyServer server) : IClassFixture<LonelyServer>
{
    [Theory]
    [InlineData("GET", "/v1/users/u/journey"), InlineData("GET", "/v1/sessions/s"), InlineData("GET", "/v1/stats/dau"),
     InlineData("GET", "/v1/stats/top-events"), InlineData("POST", "/v1/events")]
    public async Task Without_the_database_nobody_is_told_that_their_key_is_wrong(string method, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (method == "POST") request.Content = new StringContent("""{"type":"t","userId":"u"}""");
        using var response = await server.Reader.SendAsync(request);
        // Five seconds are a lookup's longest time, and a machine that stands still for them has not found out yet.
        var code = (await response.Content.ReadAsStringAsync()).Contains("read-timeout") ? "read-timeout" : "store-unavailable";
        await response.ProblemAsync(503, code);
        Assert.NotNull(response.Headers.RetryAfter);
    }

    [Fact]
    public async Task Without_the_database_nobody_is_erased()
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, "/v1/users/u");
        request.Headers.Authorization = new("Bearer", ServerFixture.AdminToken);
        using var response = await server.Anyone.SendAsync(request);
        await response.ProblemAsync(503, "not-erased");
        Assert.NotNull(response.Headers.RetryAfter);
    }

    [Fact]
    public async Task Server_lives_and_says_what_is_missing()
    {
        Assert.Equal(200, (int)(await server.Anyone.GetAsync("/health/live")).StatusCode);
        await (await server.Anyone.GetAsync("/health/ready")).ProblemAsync(503, "not-ready");
        var health = await server.Anyone.GetJsonAsync("/health");
        Assert.Equal(("degraded", "unavailable"), ((string)health["status"]!, (string)health["database"]!));
    }

    [Fact]
    public async Task Lookup_that_takes_too_long_is_answered_503()
    {
        var http = new DefaultHttpContext();
        http.Request.Headers.Authorization = "Bearer some-key";
        using var body = new MemoryStream();
        http.Response.Body = body;
        await ReadEndpoint.Create(new SilentDirectory(), (_, _, _) => Task.CompletedTask)(http);
        Assert.Equal(503, http.Response.StatusCode);
        Assert.Equal("1", http.Response.Headers.RetryAfter);
    }

    private sealed class SilentDirectory : ISiteDirectory
    {
        public async ValueTask<SiteAccess?> FindAsync(string key, CancellationToken cancel)
        {
            await Task.Delay(Timeout.Infinite, cancel);
            return null;
        }

        public ValueTask<Site?> FindAsync(int siteId, CancellationToken cancel) => new((Site?)null);
    }
}
