using GrainAnalytics.Web.Errors;
using GrainAnalytics.Web.Ingestion;

namespace GrainAnalytics.Web.Hosting;

/// <summary>Answers in place of a server that cannot start yet, because its database or its cluster is not there: alive, not ready,
/// and 503 with Retry-After to everything else. Without it clients and probes would find the port closed.</summary>
public sealed class WaitingRoom(IConfiguration configuration) : IAsyncDisposable
{
    private WebApplication? _app;

    /// <summary>Opens it at the server's own addresses. One that is chosen by the system, or that needs a certificate, is left alone.</summary>
    /// <exception cref="IOException">An address is in use.</exception>
    public async Task OpenAsync(CancellationToken cancel)
    {
        var addresses = Addresses();
        if (addresses.Length == 0) return;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.AddServerHeader = false).UseUrls(addresses);
        _app = builder.Build();
        _app.Run(AnswerAsync);
        await _app.StartAsync(cancel);
    }

    /// <summary>Closes it: the server itself takes the addresses now.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_app is null) return;
        await _app.StopAsync();
        await _app.DisposeAsync();
        _app = null;
    }

    private string[] Addresses()
    {
        var all = configuration["urls"] is { Length: > 0 } urls ? urls.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            : (configuration["http_ports"] ?? "").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(port => $"http://*:{port}");
        return [.. all.Where(address => address.StartsWith("http://", StringComparison.OrdinalIgnoreCase) && BindingAddress.Parse(address).Port != 0)];
    }

    private static Task AnswerAsync(HttpContext http)
    {
        http.Response.Headers.XContentTypeOptions = "nosniff";
        var path = http.Request.Path.Value;
        if (path == "/health/live")
        {
            http.Response.ContentType = "application/json";
            return http.Response.WriteAsync("""{"status":"ok"}""");
        }
        // Browsers hide an answer from the page that lacks these, and it could not tell 503 from a broken network.
        if (path == "/v1/events")
        {
            if (HttpMethods.IsOptions(http.Request.Method)) return CrossOrigin.AnswerPreflight(http);
            CrossOrigin.Allow(http);
        }
        return Problems.WriteAsync(http, 503, "not-ready", "The server waits for its database or its cluster; try again later.");
    }
}
