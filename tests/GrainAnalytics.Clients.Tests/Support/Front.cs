using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.Logging;

namespace GrainAnalytics.Clients.Tests.Support;

/// <summary>What the front does with a request that takes events.</summary>
internal enum Behaviour
{
    /// <summary>Passes it and its answer on.</summary>
    Pass,
    /// <summary>Answers 503 and tells the server nothing.</summary>
    Refuse,
    /// <summary>Passes it on and answers 503 all the same: stored, and the client does not know.</summary>
    Deny,
    /// <summary>Passes it on and cuts the connection.</summary>
    Cut,
}

/// <summary>A proxy in front of the server that gets requests and answers lost.</summary>
internal sealed class Front : IAsyncDisposable
{
    private static readonly HashSet<string> Own = new(StringComparer.OrdinalIgnoreCase) { "Host", "Connection", "Transfer-Encoding", "Content-Length", "Keep-Alive", "Expect" };

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { Timeout = TimeSpan.FromMinutes(5) };
    private readonly Uri _server;
    private readonly Func<int, Behaviour> _faults;
    private WebApplication? _app;
    private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile int _holdFrom = int.MaxValue;
    private int _posts, _unavailable, _disturbed, _underWay;
    private long _lastAt = Environment.TickCount64;

    private Front(Uri server, Func<int, Behaviour> faults) => (_server, _faults) = (server, faults);

    /// <summary>Where clients find it.</summary>
    public string Url => _app!.Urls.First();

    /// <summary>Answers with 503 that came from the server.</summary>
    public int Unavailable => Volatile.Read(ref _unavailable);

    /// <summary>Requests that were refused, denied, or cut, by this or because the server was gone.</summary>
    public int Disturbed => Volatile.Read(ref _disturbed);

    /// <summary>True when nothing came for longer than clients wait before they try again.</summary>
    public bool IsQuiet => Volatile.Read(ref _underWay) == 0 && Environment.TickCount64 - Volatile.Read(ref _lastAt) > 2000;

    /// <summary>Completes when the first request is held.</summary>
    public Task Held => _held.Task;

    /// <summary>From a POST on, counted from 0, requests that take events wait until they are released: what happens to the server in
    /// between happens before the client is through, however fast that is or slow the test.</summary>
    public void HoldFrom(int post) => _holdFrom = post;

    /// <summary>Lets go what is held, and what comes after it.</summary>
    public void Release() => _released.TrySetResult();

    public static async Task<Front> OpenAsync(Uri server, Func<int, Behaviour> faults)
    {
        var front = new Front(server, faults);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        front._app = builder.Build();
        front._app.Run(front.CountAsync);
        await front._app.StartAsync();
        return front;
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null) await _app.DisposeAsync();
        _http.Dispose();
    }

    private async Task CountAsync(HttpContext http)
    {
        Interlocked.Increment(ref _underWay);
        try
        {
            await HandleAsync(http);
        }
        finally
        {
            Volatile.Write(ref _lastAt, Environment.TickCount64);
            Interlocked.Decrement(ref _underWay);
        }
    }

    private async Task HandleAsync(HttpContext http)
    {
        var post = HttpMethods.IsPost(http.Request.Method) ? Interlocked.Increment(ref _posts) - 1 : -1;
        if (post >= _holdFrom)
        {
            _held.TrySetResult();
            await _released.Task;
        }
        var behaviour = post >= 0 ? _faults(post) : Behaviour.Pass;
        if (behaviour != Behaviour.Pass) Interlocked.Increment(ref _disturbed);
        if (behaviour == Behaviour.Refuse)
        {
            AnswerUnavailable(http);
            return;
        }
        try
        {
            using var request = await ForServerAsync(http.Request);
            using var answer = await _http.SendAsync(request);
            if ((int)answer.StatusCode == 503) Interlocked.Increment(ref _unavailable);
            if (behaviour == Behaviour.Deny) AnswerUnavailable(http);
            else if (behaviour == Behaviour.Cut) http.Abort();
            else await PassOnAsync(answer, http.Response);
        }
        catch (HttpRequestException)
        {
            Interlocked.Increment(ref _disturbed);
            http.Abort();       // there is no server now, and so it shall look
        }
    }

    private static void AnswerUnavailable(HttpContext http)
    {
        http.Response.StatusCode = 503;
        http.Response.Headers.RetryAfter = "1";
        http.Response.Headers.AccessControlAllowOrigin = "*";
    }

    private async Task<HttpRequestMessage> ForServerAsync(HttpRequest from)
    {
        var request = new HttpRequestMessage(new HttpMethod(from.Method), new Uri(_server, from.GetEncodedPathAndQuery()));
        using var body = new MemoryStream();
        await from.Body.CopyToAsync(body);
        if (body.Length > 0) request.Content = new ByteArrayContent(body.ToArray());
        request.Headers.Host = from.Host.ToString();    // what the server says of its own address is then this one's
        foreach (var (name, values) in from.Headers)
            if (!Own.Contains(name) && !request.Headers.TryAddWithoutValidation(name, values.AsEnumerable()))
                request.Content?.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
        return request;
    }

    private static async Task PassOnAsync(HttpResponseMessage answer, HttpResponse to)
    {
        to.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers))
            if (!Own.Contains(name)) to.Headers[name] = values.ToArray();
        var body = await answer.Content.ReadAsByteArrayAsync();
        if (body.Length > 0) await to.Body.WriteAsync(body);
    }
}
