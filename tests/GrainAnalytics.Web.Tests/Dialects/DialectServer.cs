using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using GrainAnalytics.Web.Tests.Support;

namespace GrainAnalytics.Web.Tests.Dialects;

/// <summary>A server whose first site has a domain, and short forms of what SDKs send to it.</summary>
public sealed class DialectServer : ServerFixture
{
    public const string Domain = "shop.example";

    protected override IEnumerable<string> Settings => [$"--Bootstrap:SiteDomain={Domain}"];

    /// <summary>Sends a body as an SDK would.</summary>
    public async Task<HttpResponseMessage> PostAsync(string path, string body, string contentType = "application/json", params (string Name, string Value)[] headers) =>
        await PostBytesAsync(path, Encoding.UTF8.GetBytes(body), contentType, headers);

    /// <summary>Sends bytes.</summary>
    public async Task<HttpResponseMessage> PostBytesAsync(string path, byte[] body, string contentType = "application/json", params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        foreach (var (name, value) in headers)
            if (!request.Headers.TryAddWithoutValidation(name, value)) request.Content.Headers.TryAddWithoutValidation(name, value);
        return await Anyone.SendAsync(request);
    }

    /// <summary>Segment's way of sending a key.</summary>
    public static (string, string) Basic(string key = WriteKey) => ("Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(key + ":")));

    /// <summary>A user's events, newest first.</summary>
    public async Task<JsonArray> JourneyAsync(string user)
    {
        var journey = await Reader.GetJsonAsync($"/v1/journey?userId={Uri.EscapeDataString(user)}");
        return journey["events"]!.AsArray();
    }

    /// <summary>A user's only event.</summary>
    public async Task<JsonNode> OnlyAsync(string user) => Assert.Single(await JourneyAsync(user))!;

    /// <summary>The reasons of the dead letters that contain a text, once there are as many as expected.</summary>
    public async Task<string[]> LettersAsync(string text, int expected)
    {
        using var operators = new HttpClient(new PatientHandler(new SocketsHttpHandler())) { BaseAddress = Anyone.BaseAddress };
        operators.DefaultRequestHeaders.Authorization = new("Bearer", AdminToken);
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        using var soon = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (true)
        {
            var letters = (await operators.GetJsonAsync("/v1/admin/dead-letters?limit=200"))["letters"]!.AsArray()
                .Where(letter => ((string)letter!["original"]!).Contains(text, StringComparison.Ordinal)).Select(letter => (string)letter!["reason"]!).ToArray();
            if (letters.Length >= expected) return letters;
            await soon.WaitForNextTickAsync(patience.Token);
        }
    }

    public static byte[] Gzip(string text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest)) gzip.Write(Encoding.UTF8.GetBytes(text));
        return packed.ToArray();
    }

    /// <summary>Asserts an answer and returns its body.</summary>
    public static async Task<string> AnswerAsync(HttpResponseMessage response, int status)
    {
        using (response)
        {
            var text = await response.Content.ReadAsStringAsync();
            Assert.True(status == (int)response.StatusCode, $"{(int)response.StatusCode} {text}");
            return text;
        }
    }
}
