using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace GrainAnalytics.Browser.Tests.Support;

/// <summary>What a gate does with events.</summary>
internal enum GateMode
{
    /// <summary>Passes them on, and the answer back.</summary>
    Open,
    /// <summary>Answers 503 without asking the server.</summary>
    Busy,
    /// <summary>Passes them on and breaks the connection instead of answering.</summary>
    Deaf,
}

/// <summary>Stands between browsers and the server, as a network that can be made worse.</summary>
internal sealed class Gate : IAsyncDisposable
{
    private static readonly string[] Hop = ["Transfer-Encoding", "Connection", "Keep-Alive", "Host", "Content-Length"];

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false });
    private readonly WebApplication _app;
    private readonly Uri _server;

    private Gate(WebApplication app, Uri server) => (_app, _server) = (app, server);

    public volatile GateMode Mode;

    /// <summary>In the place of /tracker.js, when it is not null.</summary>
    public volatile byte[]? Script;

    /// <summary>Bodies of posts that came, also those that were not passed on.</summary>
    public ConcurrentQueue<string> Posts { get; } = new();

    /// <summary>Bodies of posts that the server has accepted, and when its answer was here.</summary>
    public ConcurrentQueue<(string Body, DateTimeOffset At)> Accepted { get; } = new();

    /// <summary>Where browsers find it.</summary>
    public string Address => _app.Urls.First();

    public static async Task<Gate> OpenAsync(Uri server)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var gate = new Gate(app, server);
        app.Run(gate.PassAsync);
        await app.StartAsync();
        return gate;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _http.Dispose();
    }

    private async Task PassAsync(HttpContext http)
    {
        var request = http.Request;
        var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        var mode = request.Path.StartsWithSegments("/v1") ? Mode : GateMode.Open;
        var post = HttpMethods.IsPost(request.Method) ? Encoding.UTF8.GetString(body.ToArray()) : null;
        if (post is not null) Posts.Enqueue(post);
        if (Script is { } script && request.Path == "/tracker.js")
        {
            http.Response.ContentType = "text/javascript";
            await http.Response.BodyWriter.WriteAsync(script);
            return;
        }
        if (mode == GateMode.Busy)
        {
            http.Response.Headers.AccessControlAllowOrigin = request.Headers.Origin;
            http.Response.StatusCode = 503;
            return;
        }
        using var passed = new HttpRequestMessage(new HttpMethod(request.Method), new Uri(_server, http.Features.Get<IHttpRequestFeature>()!.RawTarget));
        if (body.Length > 0) passed.Content = new ByteArrayContent(body.ToArray());
        foreach (var (name, values) in request.Headers)
            if (!Hop.Contains(name, StringComparer.OrdinalIgnoreCase) && !passed.Headers.TryAddWithoutValidation(name, values.AsEnumerable()))
                passed.Content?.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
        using var answer = await _http.SendAsync(passed);
        if (post is not null && answer.IsSuccessStatusCode) Accepted.Enqueue((post, DateTimeOffset.UtcNow));
        if (mode == GateMode.Deaf)
        {
            http.Abort();
            return;
        }
        http.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers))
            if (!Hop.Contains(name, StringComparer.OrdinalIgnoreCase)) http.Response.Headers[name] = values.ToArray();
        await answer.Content.CopyToAsync(http.Response.Body);
    }
}
