using System.Text.RegularExpressions;
using GrainAnalytics.Web.Tests.Support;

namespace GrainAnalytics.Web.Tests;

/// <summary>What every answer tells browsers.</summary>
public sealed partial class HeaderTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const string Nothing = "default-src 'none'; frame-ancestors 'none'";

    [Theory]
    [InlineData("GET", "/health"), InlineData("GET", "/metrics"), InlineData("GET", "/v1/journey?userId=u"), InlineData("GET", "/v1/stats/dau"), InlineData("POST", "/v1/events"),
     InlineData("OPTIONS", "/v1/events"), InlineData("GET", "/nothing"), InlineData("PUT", "/health"), InlineData("GET", "/v1/journey"), InlineData("HEAD", "/v1/live"),
     InlineData("GET", "/v1/admin/dead-letters"), InlineData("GET", "/api-docs.json")]
    public async Task Answers_are_taken_for_what_they_are_and_run_nothing(string method, string path)
    {
        using var response = await server.Reader.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        Assert.Equal(Nothing, Header(response, "Content-Security-Policy"));
        AssertCommon(response);
    }

    [Theory]
    [InlineData("/"), InlineData("/page.js"), InlineData("/page.css"), InlineData("/api-docs/index.html"), InlineData("/api-docs/index.js")]
    public async Task Pages_load_only_what_is_the_servers_own(string path)
    {
        using var response = await server.Anyone.GetAsync(path);
        var policy = Header(response, "Content-Security-Policy").Split("; ").Select(rule => rule.Split(' ')).ToDictionary(rule => rule[0], rule => rule[1..]);
        Assert.Equal(["'none'"], policy["default-src"]);
        Assert.Equal(["'self'"], policy["script-src"]);
        Assert.Equal(["'self'"], policy["connect-src"]);
        foreach (var name in new[] { "frame-ancestors", "base-uri", "form-action" }) Assert.Equal(["'none'"], policy[name]);
        AssertCommon(response);
        // What the policy would keep from working.
        if (response.Content.Headers.ContentType!.MediaType != "text/html") return;
        var page = await response.Content.ReadAsStringAsync();
        Assert.All(Scripts().Matches(page), script => Assert.Matches("src=\"[^\"]+\"", script.Value));
        Assert.DoesNotMatch("(?i)\\son[a-z]+\\s*=", page);
        if (path == "/") Assert.DoesNotMatch("(?i)<style|\\sstyle=", page);
    }

    // Every route's answer, whatever it is.
    [Fact]
    public async Task No_route_is_left_out()
    {
        var document = await server.Anyone.GetJsonAsync("/api-docs.json");
        foreach (var (path, item) in document["paths"]!.AsObject())
            foreach (var (method, _) in item!.AsObject())
            {
                using var request = new HttpRequestMessage(new HttpMethod(method.ToUpperInvariant()), Templates().Replace(path, "1"));
                using var response = await server.Anyone.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
                AssertCommon(response);
                Assert.Contains("frame-ancestors 'none'", Header(response, "Content-Security-Policy"));
            }
    }

    private static void AssertCommon(HttpResponseMessage response)
    {
        Assert.Equal("nosniff", Header(response, "X-Content-Type-Options"));
        Assert.Equal("no-referrer", Header(response, "Referrer-Policy"));
        Assert.Equal("DENY", Header(response, "X-Frame-Options"));
        // Over plain HTTP it has no meaning, and this server knows of no other.
        Assert.False(response.Headers.Contains("Strict-Transport-Security"));
        Assert.False(response.Headers.Contains("Server"));
    }

    private static string Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? Assert.Single(values) : throw new Xunit.Sdk.XunitException($"{response.RequestMessage?.RequestUri}: no {name}");

    [GeneratedRegex("<script[^>]*>", RegexOptions.IgnoreCase)]
    private static partial Regex Scripts();

    [GeneratedRegex("\\{[^}]*\\}")]
    private static partial Regex Templates();
}
