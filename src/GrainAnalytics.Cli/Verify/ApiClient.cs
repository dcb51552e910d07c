using System.Diagnostics;
using System.Net;
using System.Text.Json;
using GrainAnalytics.Cli.Commands;

namespace GrainAnalytics.Cli.Verify;

/// <summary>Reads from servers, again where that may help.</summary>
internal sealed class ApiClient : IDisposable
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);
    private readonly VerifySettings _settings;
    private readonly HttpClient _http;

    public ApiClient(VerifySettings settings)
    {
        _settings = settings;
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false, ConnectTimeout = TimeSpan.FromSeconds(5) };
        _http = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(60), DefaultRequestHeaders = { Authorization = new("Bearer", settings.Key) } };
    }

    /// <summary>Asks for a JSON document.</summary>
    /// <param name="server">Whom.</param>
    /// <param name="path">What for.</param>
    /// <param name="read">Takes what is wanted out of the document, which is gone afterwards.</param>
    /// <param name="cancel">Ends it.</param>
    /// <param name="lacking">Says what a document lacks that it may have a little later, so that it is asked for again; null: nothing.</param>
    /// <param name="missing">What a 404 means; null: that this is no GrainAnalytics server.</param>
    /// <exception cref="CommandException">No such answer came in time.</exception>
    public async Task<T> GetAsync<T>(Uri server, string path, Func<JsonElement, T> read, CancellationToken cancel, Func<T>? missing = null,
        Func<JsonElement, string?>? lacking = null)
    {
        using var document = await GetAsync(new Uri(server, path), lacking, cancel);
        if (document is null) return missing is not null ? missing() : throw NoServer($"{server} has no {path}");
        try
        {
            return read(document.RootElement);
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw NoServer($"{server} answers {path} in another form than documented ({e.Message})");
        }
    }

    private static CommandException NoServer(string what) => new(ExitCode.Unknown, $"{what}: is it a GrainAnalytics server?");

    private async Task<JsonDocument?> GetAsync(Uri address, Func<JsonElement, string?>? lacking, CancellationToken cancel)
    {
        var started = Stopwatch.GetTimestamp();
        for (var pause = TimeSpan.FromMilliseconds(100); ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            var (document, isMissing, problem) = await TryAsync(address, cancel);
            if (document is null ? isMissing : (problem = lacking?.Invoke(document.RootElement)) is null) return document;
            document?.Dispose();
            if (Stopwatch.GetElapsedTime(started) + pause > _settings.GiveUp) throw new CommandException(ExitCode.Unknown, problem!);
            await Task.Delay(pause, cancel);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<(JsonDocument? Document, bool IsMissing, string? Problem)> TryAsync(Uri address, CancellationToken cancel)
    {
        try
        {
            using var response = await _http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, cancel);
            if (response.StatusCode == HttpStatusCode.NotFound) return (null, true, null);
            var body = await response.Content.ReadAsByteArrayAsync(cancel);
            if (response.StatusCode == HttpStatusCode.OK) return (JsonDocument.Parse(body), false, null);
            var answer = $"{address} answers {(int)response.StatusCode}: {Detail(body) ?? response.ReasonPhrase}";
            return response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError
                ? (null, false, answer) : throw new CommandException(ExitCode.Unknown, answer);
        }
        catch (Exception e) when (e is HttpRequestException or IOException || e is OperationCanceledException && !cancel.IsCancellationRequested)
        {
            return (null, false, $"{address} does not answer: {e.Message}");
        }
        catch (JsonException e)
        {
            throw new CommandException(ExitCode.Unknown, $"{address} answers no JSON: {e.Message}");
        }
    }

    private static string? Detail(byte[] body)
    {
        try
        {
            using var problem = JsonDocument.Parse(body);
            return problem.RootElement.ValueKind == JsonValueKind.Object && problem.RootElement.TryGetProperty("detail", out var detail) ? detail.GetString() : null;
        }
        catch (JsonException)
        {
            return null;        // a proxy's page; the status says enough
        }
    }
}
