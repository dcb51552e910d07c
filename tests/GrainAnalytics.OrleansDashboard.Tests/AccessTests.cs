using System.Net;
using System.Net.Http.Json;
using GrainAnalytics.OrleansDashboard.Tests.Support;

namespace GrainAnalytics.OrleansDashboard.Tests;

/// <summary>Nobody sees anything of the cluster without the token.</summary>
public sealed class AccessTests(ClusterFixture cluster) : IClassFixture<ClusterFixture>
{
    public static TheoryData<string> Routes =>
    [
        "/", "/dashboard", "/dashboard/", "/dashboard/index.html", "/dashboard/index.min.js", "/dashboard/index.css", "/dashboard/favicon.ico",
        "/dashboard/img/OrleansLogo.png", "/dashboard/version", "/dashboard/DashboardCounters", "/dashboard/ClusterStats", "/dashboard/TopGrainMethods",
        "/dashboard/Reminders", "/dashboard/Reminders/1", "/dashboard/GrainTypes", "/dashboard/LifecycleStages",
        "/dashboard/GrainState?grainId=x&grainType=y", "/dashboard/GrainStats/GrainAnalytics.Grains.Users.UserGrain",
    ];

    [Theory]
    [MemberData(nameof(Routes))]
    [InlineData("/dashboard/Trace")]
    [InlineData("/dashboard/fonts/fa-solid-900.woff2")]
    [InlineData("/dashboard/SiloStats/x")]
    [InlineData("/dashboard/SiloProperties/x")]
    [InlineData("/dashboard/SiloMetadata/x")]
    [InlineData("/dashboard/SiloCounters/x")]
    [InlineData("/dashboard/HistoricalStats/x")]
    [InlineData("/DASHBOARD/DashboardCounters")]
    [InlineData("/health/live/dashboard")]
    [InlineData("/sign-in/dashboard")]
    [InlineData("/sign-out")]
    [InlineData("/no-such-page")]
    public async Task Without_the_token_a_route_answers_401_and_nothing_else(string route)
    {
        using var client = await DashboardClient.OfAsync(cluster.Dashboard);
        foreach (var method in (string[])["GET", "HEAD", "POST", "OPTIONS"])
        {
            using var response = await client.SendAsync(new HttpMethod(method), route);
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
            if (method != "HEAD") Assert.Contains("admin-token-required", await response.Content.ReadAsStringAsync());
        }
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task With_the_token_it_answers(string route)
    {
        using var client = await DashboardClient.OfAsync(cluster.Dashboard);
        using var response = await client.GetAsync(route, DashboardClient.Token);
        Assert.True(response.IsSuccessStatusCode || response.StatusCode == HttpStatusCode.MovedPermanently, $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
        AssertSecure(response);
    }

    [Fact]
    public async Task A_browser_is_shown_the_sign_in_page()
    {
        using var client = await DashboardClient.OfAsync(cluster.Dashboard);
        using var response = await client.GetAsync("/dashboard/", accept: "text/html,*/*");
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Contains("<form method=\"post\" action=\"/sign-in\">", await response.Content.ReadAsStringAsync());
        AssertSecure(response);
    }

    [Fact]
    public async Task Signing_in_opens_a_session_that_ends_with_signing_out()
    {
        using var client = await DashboardClient.OfAsync(cluster.Dashboard);
        using var signedIn = await client.SignInAsync(DashboardClient.Token);
        Assert.Equal(HttpStatusCode.SeeOther, signedIn.StatusCode);
        Assert.Equal("/dashboard/", signedIn.Headers.Location!.OriginalString);
        var set = signedIn.Headers.GetValues("Set-Cookie").Single();
        Assert.Contains("httponly", set);
        Assert.Contains("samesite=strict", set);
        Assert.DoesNotContain("secure", set);
        Assert.DoesNotContain(DashboardClient.Token, set);
        var cookie = set.Split(';')[0];
        Assert.Equal(HttpStatusCode.OK, await client.StatusAsync("/dashboard/DashboardCounters", cookie: cookie));

        using var stream = await client.SendAsync(HttpMethod.Get, "/dashboard/Trace", cookie: cookie, onlyHead: true);
        Assert.Equal(HttpStatusCode.OK, stream.StatusCode);
        using var signedOut = await client.SendAsync(HttpMethod.Post, "/sign-out", cookie: cookie);
        Assert.Equal(HttpStatusCode.SeeOther, signedOut.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await client.StatusAsync("/dashboard/DashboardCounters", cookie: cookie));
        await stream.Content.ReadAsStringAsync();     // ends
    }

    [Fact]
    public async Task Behind_https_the_cookie_is_for_https_and_this_host_only()
    {
        using var client = await DashboardClient.OfAsync(cluster.Dashboard);
        using var response = await client.SignInAsync(DashboardClient.Token, proto: "https");
        var set = response.Headers.GetValues("Set-Cookie").Single();
        Assert.StartsWith("__Host-", set);
        Assert.Contains("secure", set);
        Assert.Equal(HttpStatusCode.Unauthorized, await client.StatusAsync("/dashboard/version", cookie: set.Split(';')[0]));
    }

    [Fact]
    public async Task A_cookie_that_was_tampered_with_opens_nothing()
    {
        using var client = await DashboardClient.OfAsync(cluster.Dashboard);
        var cookie = await client.OpenSessionAsync();
        var last = cookie[^1] == '0' ? '1' : '0';
        foreach (var wrong in (string[])[cookie[..^1] + last, cookie[..^1], cookie + "0", cookie.Split('=')[0] + "=", $"{cookie.Split('=')[0]}={DashboardClient.Token}"])
            Assert.Equal(HttpStatusCode.Unauthorized, await client.StatusAsync("/dashboard/version", cookie: wrong));
        Assert.Equal(HttpStatusCode.OK, await client.StatusAsync("/dashboard/version", cookie: cookie));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Wrong_tokens_are_401_and_soon_429(bool byForm)
    {
        using var client = await DashboardClient.OfAsync(cluster.Dashboard);
        var cookie = await client.OpenSessionAsync();
        for (var i = 0; i < 5; i++)
        {
            using var wrong = await TryAsync($"wrong-{i}");
            Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
            Assert.False(wrong.Headers.Contains("Set-Cookie"));
        }
        using var refused = await TryAsync(DashboardClient.Token);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 10);
        // Who is signed in, and who comes from elsewhere, does not notice.
        Assert.Equal(HttpStatusCode.OK, await client.StatusAsync("/dashboard/version", cookie: cookie));
        using var other = await DashboardClient.OfAsync(cluster.Dashboard);
        Assert.Equal(HttpStatusCode.OK, await other.StatusAsync("/dashboard/version", DashboardClient.Token));

        Task<HttpResponseMessage> TryAsync(string token) => byForm ? client.SignInAsync(token) : client.GetAsync("/dashboard/version", token);
    }

    [Fact]
    public async Task A_sign_in_without_a_form_or_with_a_huge_one_opens_nothing()
    {
        using var client = await DashboardClient.OfAsync(cluster.Dashboard);
        foreach (var body in (HttpContent[])[JsonContent.Create(new { token = DashboardClient.Token }), new FormUrlEncodedContent([new("token", new string('x', 10_000))])])
        {
            using var response = await client.SendAsync(HttpMethod.Post, "/sign-in", body: body);
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        }
    }

    [Fact]
    public async Task What_a_browser_sent_is_not_repeated_as_markup()
    {
        using var client = await DashboardClient.OfAsync(cluster.Dashboard);
        using var response = await client.SendAsync(HttpMethod.Post, "/sign-in", accept: "text/html", body: new FormUrlEncodedContent([new("token", "<script>")]));
        Assert.DoesNotContain("<script", await response.Content.ReadAsStringAsync());
    }

    private static void AssertSecure(HttpResponseMessage response)
    {
        Assert.Contains("no-store", response.Headers.CacheControl!.ToString());
        Assert.Equal("DENY", response.Headers.GetValues("X-Frame-Options").Single());
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Contains("script-src 'self';", response.Headers.GetValues("Content-Security-Policy").Single());
    }
}
