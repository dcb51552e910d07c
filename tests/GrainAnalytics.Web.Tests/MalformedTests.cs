using System.Text;
using GrainAnalytics.Web.Tests.Support;

namespace GrainAnalytics.Web.Tests;

/// <summary>Whatever is wrong with a request, it is answered 4xx, with a stable code, and names the place.</summary>
public sealed class MalformedTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    public static TheoryData<string> Names => [.. MalformedCases.All.Keys];

    [Theory, MemberData(nameof(Names))]
    public async Task Malformed_request_is_refused_with_a_code_and_the_place(string name)
    {
        var (request, status, code, place) = MalformedCases.All[name];
        using var response = await (request.IsRead ? server.Reader : server.Writer).SendAsync(Message(request));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(status == (int)response.StatusCode, $"{(int)response.StatusCode} {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains($"\"{(code.StartsWith("row:", StringComparison.Ordinal) ? code[4..] : "urn:grainanalytics:" + code)}\"", text);
        if (code.StartsWith("row:", StringComparison.Ordinal)) Assert.Contains("urn:grainanalytics:nothing-valid", text);
        Assert.Contains(place, text);
    }

    [Fact]
    public void There_are_at_least_80_cases() => Assert.True(MalformedCases.All.Count >= 80, $"{MalformedCases.All.Count}");

    private static HttpRequestMessage Message(MalformedRequest request)
    {
        var message = new HttpRequestMessage(new HttpMethod(request.IsRead ? "GET" : "POST"), request.Path);
        if (request.IsRead) return message;
        message.Content = new ByteArrayContent(request.Body ?? []);
        message.Content.Headers.TryAddWithoutValidation("Content-Type", request.ContentType);
        if (request.Encoding is not null) message.Content.Headers.TryAddWithoutValidation("Content-Encoding", request.Encoding);
        return message;
    }
}
