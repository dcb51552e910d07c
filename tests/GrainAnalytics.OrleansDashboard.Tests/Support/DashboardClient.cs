using System.Net;
using System.Text.Json.Nodes;
using GrainAnalytics.Testing;

namespace GrainAnalytics.OrleansDashboard.Tests.Support;

/// <summary>Talks to the dashboard as one address, as behind a proxy: wrong tokens of one test are no other's.</summary>
internal sealed class DashboardClient : IDisposable
{
    public const string Token = "0123456789abcdef-admin";
    private static int _addresses;
    private readonly HttpClient _http;

    private DashboardClient(string address)
    {
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri(address), Timeout = TimeSpan.FromSeconds(20) };
        var number = Interlocked.Increment(ref _addresses);
        _http.DefaultRequestHeaders.Add("X-Forwarded-For", $"198.51.{number / 256}.{number % 256}");
    }

    public static async Task<DashboardClient> OfAsync(ProgramProcess dashboard) => new(await dashboard.Address);

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? bearer = null, string? cookie = null,
        string? accept = null, string? proto = null, HttpContent? body = null, bool onlyHead = false)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        if (bearer is not null) request.Headers.Authorization = new("Bearer", bearer);
        if (cookie is not null) request.Headers.Add("Cookie", cookie);
        if (accept is not null) request.Headers.Add("Accept", accept);
        if (proto is not null) request.Headers.Add("X-Forwarded-Proto", proto);
        return await _http.SendAsync(request, onlyHead ? HttpCompletionOption.ResponseHeadersRead : HttpCompletionOption.ResponseContentRead);
    }

    public Task<HttpResponseMessage> GetAsync(string path, string? bearer = null, string? cookie = null, string? accept = null) =>
        SendAsync(HttpMethod.Get, path, bearer, cookie, accept);

    public async Task<HttpStatusCode> StatusAsync(string path, string? bearer = null, string? cookie = null)
    {
        using var response = await GetAsync(path, bearer, cookie);
        return response.StatusCode;
    }

    public async Task<JsonNode> JsonAsync(string path)
    {
        using var response = await GetAsync(path, Token);
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{path}: {(int)response.StatusCode} {body}");
        return JsonNode.Parse(body)!;
    }

    public Task<HttpResponseMessage> SignInAsync(string token, string? proto = null) =>
        SendAsync(HttpMethod.Post, "/sign-in", proto: proto, body: new FormUrlEncodedContent([new("token", token)]));

    /// <summary>Signs in.</summary>
    /// <returns>The cookie, as a browser sends it back.</returns>
    public async Task<string> OpenSessionAsync()
    {
        using var response = await SignInAsync(Token);
        return response.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
    }

    public Task UntilReadyAsync() => Wait.UntilAsync(async () => await StatusAsync("/health/ready") == HttpStatusCode.OK, "a dashboard that is ready");

    public void Dispose() => _http.Dispose();
}
