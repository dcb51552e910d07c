using System.Net;
using GrainAnalytics.Testing;
using GrainAnalytics.Web.Tests.Support;

namespace GrainAnalytics.Web.Tests.Limits;

/// <summary>Five requests an address, practically for ever; the test is a trusted proxy.</summary>
public sealed class ProxiedServer : ServerFixture
{
    protected override IEnumerable<string> Settings =>
        ["--RateLimits:AddressRequestsPerSecond=0.0001", "--RateLimits:AddressBurst=5", "--Proxy:Trusted=127.0.0.1, 10.0.0.0/8,fd00::/8"];
}

/// <summary>The same, and nobody is trusted.</summary>
public sealed class DirectServer : ServerFixture
{
    protected override IEnumerable<string> Settings => ["--RateLimits:AddressRequestsPerSecond=0.0001", "--RateLimits:AddressBurst=5"];
}

/// <summary>Five events a second with one key.</summary>
public sealed class KeyLimitedServer : ServerFixture
{
    protected override IEnumerable<string> Settings => ["--RateLimits:KeyEventsPerSecond=5", "--RateLimits:KeyBurst=5"];
}

public sealed class AddressLimitTests(ProxiedServer server, DirectServer direct) : IClassFixture<ProxiedServer>, IClassFixture<DirectServer>
{
    private static async Task<HttpResponseMessage> AskAsync(HttpClient client, string path, params string[] forwardedFor)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var line in forwardedFor) request.Headers.TryAddWithoutValidation("X-Forwarded-For", line);
        return await client.SendAsync(request);
    }

    private async Task<int> StatusAsync(params string[] forwardedFor)
    {
        using var response = await AskAsync(server.Reader, "/v1/journey?userId=u", forwardedFor);
        return (int)response.StatusCode;
    }

    private async Task UseUpAsync(Func<int, string> forwardedFor)
    {
        for (var i = 0; i < 5; i++) Assert.Equal(200, await StatusAsync(forwardedFor(i)));
    }

    [Fact]
    public async Task An_address_that_sends_too_much_is_told_when_to_come_back_and_others_are_not_concerned()
    {
        await UseUpAsync(_ => "192.0.2.1");
        using var refused = await AskAsync(server.Reader, "/v1/journey?userId=u", "192.0.2.1");
        await refused.ProblemAsync(429, "address-rate-limited");
        Assert.Equal("\"address\";q=5;w=50000", Assert.Single(refused.Headers.GetValues("RateLimit-Policy")));
        var limit = Assert.Single(refused.Headers.GetValues("RateLimit"));
        Assert.StartsWith("\"address\";r=0;t=", limit);
        Assert.Equal($"{refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds}", limit["\"address\";r=0;t=".Length..]);
        Assert.InRange(refused.Headers.RetryAfter.Delta.Value.TotalSeconds, 9000, 10_000);
        Assert.Equal(200, await StatusAsync("192.0.2.2"));
    }

    [Fact]
    public async Task A_page_that_sent_too_much_can_read_why()
    {
        HttpResponseMessage response = null!;
        for (var i = 0; i < 6; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/events") { Content = new StringContent("""{"type":"t","userId":"u"}""") };
            request.Headers.Add("X-Forwarded-For", "192.0.2.3");
            request.Headers.Add("Origin", "https://shop.example");
            response = await server.Writer.SendAsync(request);
        }
        await response.ProblemAsync(429, "address-rate-limited");
        Assert.Equal("https://shop.example", Assert.Single(response.Headers.GetValues("Access-Control-Allow-Origin")));
        Assert.Contains("RateLimit", Assert.Single(response.Headers.GetValues("Access-Control-Expose-Headers")));
    }

    [Fact]
    public async Task Neither_a_wrong_key_nor_a_wrong_path_is_free()
    {
        for (var i = 0; i < 5; i++) Assert.Equal(i % 2 == 0 ? 401 : 404, (int)(await AskAsync(server.Anyone, i % 2 == 0 ? "/v1/journey?userId=u" : "/nothing", "192.0.2.4")).StatusCode);
        await (await AskAsync(server.Anyone, "/v1/journey?userId=u", "192.0.2.4")).ProblemAsync(429, "address-rate-limited");
    }

    [Theory]
    [InlineData("/health/live"), InlineData("/health/ready"), InlineData("/health"), InlineData("/metrics"), InlineData("/stats")]
    public async Task Operations_are_not_limited(string path)
    {
        for (var i = 0; i < 10; i++)
        {
            using var response = await AskAsync(server.Anyone, path, "192.0.2.5");
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
    }

    [Fact]
    public async Task What_a_client_writes_before_the_proxys_own_word_changes_nothing()
    {
        await UseUpAsync(i => $"203.0.113.{i}, 192.0.2.6");
        Assert.Equal(429, await StatusAsync("192.0.2.6"));
        Assert.Equal(429, await StatusAsync("127.0.0.1, 192.0.2.6"));
        Assert.Equal(429, await StatusAsync("203.0.113.77", "192.0.2.6"));     // in a header of its own
    }

    [Fact]
    public async Task Several_trusted_proxies_in_a_row_are_passed_over()
    {
        await UseUpAsync(i => $"203.0.113.{i}, 192.0.2.7, 10.1.2.{i}, fd00::{i}");
        Assert.Equal(429, await StatusAsync("192.0.2.7, 10.9.9.9"));
        Assert.Equal(200, await StatusAsync("192.0.2.7, 11.0.0.1"));            // not one of them: it is the client
    }

    [Fact]
    public async Task An_IPv6_client_is_its_64_bit_network_and_an_IPv4_one_is_itself_in_any_form()
    {
        await UseUpAsync(i => $"2001:db8:1:2:{i}::{i}");
        Assert.Equal(429, await StatusAsync("2001:db8:1:2:ffff::1"));
        Assert.Equal(200, await StatusAsync("2001:db8:1:3::1"));
        await UseUpAsync(_ => "::ffff:192.0.2.8");
        Assert.Equal(429, await StatusAsync("192.0.2.8"));
        Assert.Equal(200, await StatusAsync("::ffff:192.0.2.9"));
    }

    [Theory]
    [InlineData("unknown"), InlineData("999.1.1.1"), InlineData(""), InlineData("192.0.2.10, what")]
    public async Task What_is_no_address_is_no_error(string forwardedFor) => Assert.Contains(await StatusAsync(forwardedFor), (int[])[200, 429]);

    [Fact]
    public async Task Without_a_trusted_proxy_nobody_can_choose_an_address()
    {
        var statuses = new List<int>();
        for (var i = 0; i < 8; i++)
        {
            using var response = await AskAsync(direct.Reader, "/v1/journey?userId=u", $"192.0.2.{i}");
            statuses.Add((int)response.StatusCode);
        }
        Assert.Equal([200, 200, 200, 200, 200, 429, 429, 429], statuses);
    }
}

public sealed class KeyLimitTests(KeyLimitedServer server) : IClassFixture<KeyLimitedServer>
{
    [Fact]
    public async Task Refused_events_are_stored_once_when_they_are_sent_again_with_their_ids()
    {
        string[] bodies = [.. Enumerable.Range(0, 8).Select(i =>
            $"[{string.Join(',', Enumerable.Range(0, 4).Select(n => $$"""{"eventId":"again-{{i}}-{{n}}","type":"t","userId":"again"}"""))}]")];
        // All at once, so that the key has not regained its events meanwhile, however slow the machine is.
        var answers = await Task.WhenAll(bodies.Select(body => server.Writer.PostAsync(body)));
        Assert.Contains(answers, answer => answer.StatusCode == HttpStatusCode.TooManyRequests);
        foreach (var (body, first) in bodies.Zip(answers))
        {
            var answer = first;
            while (answer.StatusCode != HttpStatusCode.Accepted)
            {
                await answer.ProblemAsync(429, "key-rate-limited");
                Assert.Equal("\"key\";q=5;qu=\"events\";w=1", Assert.Single(answer.Headers.GetValues("RateLimit-Policy")));
                Assert.StartsWith("\"key\";r=0;t=", Assert.Single(answer.Headers.GetValues("RateLimit")));
                await Task.Delay(answer.Headers.RetryAfter!.Delta!.Value);
                answer.Dispose();
                answer = await server.Writer.PostAsync(body);
            }
            Assert.Equal(4, (int)(await answer.JsonAsync())["accepted"]!);
            answer.Dispose();
        }
        Assert.Equal(32, (int)(await server.Reader.GetJsonAsync("/v1/users/again/journey"))["count"]!);
        // Another key of the site has its own.
        await server.Reader.SendAsync("""{"type":"t","userId":"other"}""");
    }
}
