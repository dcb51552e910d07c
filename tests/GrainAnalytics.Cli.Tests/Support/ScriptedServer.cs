using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace GrainAnalytics.Cli.Tests.Support;

/// <summary>A server that answers as a test wants, for what a real one cannot be made to say. When the script is at its end it
/// acknowledges everything.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Func<HttpContext, Task>> _script;

    private ScriptedServer(WebApplication app, IEnumerable<Func<HttpContext, Task>> script) => (_app, _script) = (app, new(script));

    /// <summary>The event ids of each request, in the order of arrival.</summary>
    public ConcurrentQueue<string[]> Requests { get; } = new();

    public string Url => _app.Urls.First();

    public static async Task<ScriptedServer> StartAsync(params Func<HttpContext, Task>[] script)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var server = new ScriptedServer(builder.Build(), script);
        server._app.Urls.Add("http://127.0.0.1:0");
        server._app.MapPost("/v1/events", (RequestDelegate)server.AnswerAsync);
        await server._app.StartAsync();
        return server;
    }

    public static Func<HttpContext, Task> Refuse(int status, string? retryAfter = null) => async http =>
    {
        http.Response.StatusCode = status;
        if (retryAfter is not null) http.Response.Headers.RetryAfter = retryAfter;
        http.Response.ContentType = "application/problem+json";
        await http.Response.WriteAsync("""{"type":"urn:grainanalytics:test","detail":"As the test wants."}""");
    };

    /// <summary>The connection ends before the answer.</summary>
    public static Task Cut(HttpContext http)
    {
        http.Abort();
        return Task.CompletedTask;
    }

    /// <summary>The connection ends in the middle of a 202.</summary>
    public static async Task CutInAnswer(HttpContext http)
    {
        http.Response.StatusCode = 202;
        http.Response.ContentLength = 1000;
        await http.Response.WriteAsync("""{"message":"Events stored","accepted":""");
        await http.Response.Body.FlushAsync();
        http.Abort();
    }

    /// <summary>202 with a body of the test's own.</summary>
    public static Func<HttpContext, Task> Accept(string body) => async http =>
    {
        http.Response.StatusCode = 202;
        await http.Response.WriteAsync(body);
    };

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        var events = (await JsonNode.ParseAsync(http.Request.Body))!.AsArray();
        Requests.Enqueue([.. events.Select(e => (string)e!["eventId"]!)]);
        if (_script.TryDequeue(out var answer)) await answer(http);
        else await Accept($$"""{"accepted":{{events.Count}},"duplicates":0,"rejected":0,"errors":[]}""")(http);
    }
}
