using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using GrainAnalytics.Testing;

namespace GrainAnalytics.Web.Tests.Support;

/// <summary>Short forms of what tests send and expect.</summary>
internal static class HttpExtensions
{
    public static async Task<JsonNode> JsonAsync(this HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        return JsonNode.Parse(text) ?? throw new InvalidOperationException($"No JSON: {text}");
    }

    /// <summary>The JSON at a path, which must be 200, and whole unless a test wants to see what is there without the database.</summary>
    public static Task<JsonNode> GetJsonAsync(this HttpClient client, string path, bool isPartialFine = false) =>
        isPartialFine ? client.GetAnyJsonAsync(path) : WholeAsync(() => client.GetAnyJsonAsync(path));

    /// <summary>Asks for as long as a journey says that stored events may be missing, as it does while the database takes too long.</summary>
    public static async Task<JsonNode> WholeAsync(Func<Task<JsonNode>> ask)
    {
        JsonNode? answer = null;
        await Wait.UntilAsync(async () => (answer = await ask()) is not JsonObject json || json["partial"] is null, "an answer that is not partial");
        return answer!;
    }

    private static async Task<JsonNode> GetAnyJsonAsync(this HttpClient client, string path)
    {
        using var response = await client.GetAsync(path);
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{path}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        return await response.JsonAsync();
    }

    public static Task<HttpResponseMessage> PostAsync(this HttpClient client, string body, string? contentType = "application/json") =>
        client.PostBytesAsync(Encoding.UTF8.GetBytes(body), contentType);

    public static async Task<HttpResponseMessage> PostBytesAsync(this HttpClient client, byte[] body, string? contentType = "application/json", string? encoding = null)
    {
        using var content = new ByteArrayContent(body);
        if (contentType is not null) content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        if (encoding is not null) content.Headers.ContentEncoding.Add(encoding);
        return await client.PostAsync("/v1/events", content);
    }

    /// <summary>Sends events that must all be stored.</summary>
    public static async Task<JsonNode> SendAsync(this HttpClient client, string body)
    {
        using var response = await client.PostAsync(body);
        Assert.True(response.StatusCode == HttpStatusCode.Accepted, await response.Content.ReadAsStringAsync());
        var answer = await response.JsonAsync();
        Assert.Equal(0, (int)answer["rejected"]!);
        return answer;
    }

    /// <summary>Asserts a problem and returns it.</summary>
    public static async Task<JsonNode> ProblemAsync(this HttpResponseMessage response, int status, string code)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(status == (int)response.StatusCode, $"{(int)response.StatusCode} {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        var problem = JsonNode.Parse(text)!;
        Assert.Equal($"urn:grainanalytics:{code}", (string?)problem["type"]);
        Assert.Equal(status, (int)problem["status"]!);
        Assert.NotEmpty((string?)problem["detail"] ?? "");
        return problem;
    }

    public static string[] Texts(this JsonNode? list, string member) => [.. list!.AsArray().Select(item => (string)item![member]!)];
}
