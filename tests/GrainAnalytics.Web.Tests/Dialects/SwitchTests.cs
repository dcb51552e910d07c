using System.Net;
using GrainAnalytics.Web.Tests.Support;

namespace GrainAnalytics.Web.Tests.Dialects;

/// <summary>A server on which every dialect is switched off.</summary>
public sealed class SilentServer : ServerFixture
{
    protected override IEnumerable<string> Settings =>
        ((string[])["Segment", "RudderStack", "Jitsu", "PostHog", "Plausible", "Umami"]).Select(dialect => $"--Dialects:{dialect}=false");
}

/// <summary>A server without its database.</summary>
public sealed class SwitchTests(SilentServer silent, LonelyServer lonely) : IClassFixture<SilentServer>, IClassFixture<LonelyServer>
{
    public static readonly TheoryData<string, string> Requests = new()
    {
        { "/v1/batch", """{"writeKey":"k","batch":[{"type":"track","userId":"u","event":"e"}]}""" },
        { "/v1/t", """{"writeKey":"k","type":"track","userId":"u","event":"e"}""" },
        { "/beacon/v1/batch?writeKey=k", """{"batch":[{"type":"track","userId":"u","event":"e"}]}""" },
        { "/api/s/track?writeKey=k", """{"type":"track","userId":"u","event":"e"}""" },
        { "/batch/", """{"api_key":"k","batch":[{"event":"e","distinct_id":"u"}]}""" },
        { "/api/event", """{"n":"e","u":"https://x/","d":"k"}""" },
        { "/api/send", """{"type":"event","payload":{"website":"k"}}""" },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task What_is_switched_off_is_not_there(string path, string body)
    {
        using var response = await silent.Anyone.PostAsync(path, new StringContent(body));
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Without_the_database_everybody_is_told_to_come_again(string path, string body)
    {
        using var response = await lonely.Anyone.PostAsync(path, new StringContent(body));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.NotNull(response.Headers.RetryAfter);
    }
}
