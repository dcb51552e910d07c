using System.Net;
using GrainAnalytics.Web.Tests.Support;

namespace GrainAnalytics.Web.Tests;

public sealed class AccessTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    public static TheoryData<string> Reads => ["/v1/live", "/v1/users/u/journey", "/v1/journey?userId=u", "/v1/sessions/s", "/v1/stats/dau", "/v1/stats/top-events"];

    [Theory, MemberData(nameof(Reads))]
    public async Task Reading_needs_a_key(string path)
    {
        using var response = await server.Anyone.GetAsync(path);
        await response.ProblemAsync(401, "missing-key");
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
    }

    [Theory, MemberData(nameof(Reads))]
    public async Task Unknown_key_reads_nothing(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("X-Write-Key", "no-such-key");
        using var response = await server.Anyone.SendAsync(request);
        await response.ProblemAsync(401, "unknown-key");
    }

    [Theory, MemberData(nameof(Reads))]
    public async Task Write_key_reads_nothing(string path)
    {
        using var response = await server.Writer.GetAsync(path);
        await response.ProblemAsync(403, "write-key-cannot-read");
    }

    [Theory]
    [InlineData("Authorization", "Bearer {0}", ""), InlineData("Authorization", "bearer {0}", ""), InlineData("X-Write-Key", "{0}", ""), InlineData(null, "", "&writeKey={0}")]
    public async Task Key_may_stand_in_three_places(string? header, string form, string query)
    {
        foreach (var (method, key, status) in new[] { ("GET", ServerFixture.ApiKey, 200), ("POST", ServerFixture.WriteKey, 202), ("POST", ServerFixture.ApiKey, 202) })
        {
            var path = method == "GET" ? "/v1/journey?userId=places" : "/v1/events?x=1";
            using var request = new HttpRequestMessage(new HttpMethod(method), path + string.Format(query, key));
            if (header is not null) request.Headers.TryAddWithoutValidation(header, string.Format(form, key));
            if (method == "POST") request.Content = new StringContent("""{"type":"t","userId":"places"}""");
            using var response = await server.Anyone.SendAsync(request);
            Assert.Equal(status, (int)response.StatusCode);
        }
    }

    [Theory]
    [InlineData("GET", "/nothing"), InlineData("POST", "/v1"), InlineData("GET", "/v1/users//journey"), InlineData("DELETE", "/v1/stats/none"), InlineData("GET", "/api-docs/none.js")]
    public async Task Unknown_path_is_not_found(string method, string path)
    {
        using var response = await server.Reader.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        await response.ProblemAsync(404, "not-found");
    }

    [Theory]
    [InlineData("PUT", "/v1/events", "POST"), InlineData("GET", "/v1/events", "POST"), InlineData("POST", "/v1/stats/dau", "GET"),
     InlineData("DELETE", "/v1/users/u/journey", "GET"), InlineData("POST", "/health", "GET"), InlineData("PATCH", "/", "GET")]
    public async Task Other_methods_are_refused_with_those_allowed(string method, string path, string allowed)
    {
        using var response = await server.Reader.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        await response.ProblemAsync(405, "method-not-allowed");
        Assert.Contains(allowed, response.Content.Headers.Allow);
    }

    [Fact]
    public async Task Options_says_what_is_allowed()
    {
        using var response = await server.Anyone.SendAsync(new HttpRequestMessage(HttpMethod.Options, "/v1/journey"));
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Contains("GET", response.Content.Headers.Allow);
    }
}
