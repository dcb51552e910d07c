using System.Diagnostics;
using System.Globalization;
using System.Net;
using GrainAnalytics.Cli.Commands;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Cli.Load;

/// <summary>One client: one request at a time, each made again with the same ids until it is acknowledged or given up.</summary>
internal sealed class Sender(LoadSettings settings, LoadState state, Pace pace, HttpClient http, int number)
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(50), LongestPause = TimeSpan.FromSeconds(1);

    private readonly EventBatch _batch = new(settings);
    private readonly Answer _answer = new();
    private readonly Uri[] _addresses = [.. settings.Servers.Select(server => new Uri(server, "/v1/events"))];
    private readonly long[] _notBefore = new long[settings.Servers.Count];
    private readonly string _mediaType = settings.Shape == LoadShape.Ndjson ? "application/x-ndjson" : "application/json";
    private CancellationTokenSource _patience = new();
    private byte[] _received = new byte[16 * 1024], _lines = [];
    private int _next = number, _failures;

    /// <summary>What it saw.</summary>
    public Meter Meter { get; } = new();

    /// <summary>Sends until stopped; then ends what it has begun, unless aborted.</summary>
    /// <exception cref="CommandException">The server refuses in a way that no repetition cures, such as an unknown key.</exception>
    public async Task RunAsync(CancellationToken stop, CancellationToken abort)
    {
        try
        {
            while (!stop.IsCancellationRequested && state.Take(_batch.Size) is > 0 and var count)
            {
                if (!await pace.TurnAsync(count, stop).ConfigureAwait(false)) return;
                _batch.Fill(count);
                await DeliverAsync(abort).ConfigureAwait(false);
            }
        }
        finally
        {
            _patience.Dispose();
        }
    }

    private async Task DeliverAsync(CancellationToken abort)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var server = await ChooseAsync(started, abort).ConfigureAwait(false);
            if (server < 0)
            {
                Meter.Unanswered += _batch.Count;
                return;
            }
            if (await AttemptAsync(server, abort).ConfigureAwait(false)) break;
            state.Refuse();
        }
        Meter.Waits.Add(Stopwatch.GetElapsedTime(started));
    }

    // The next server that has not asked for a pause; -1 when none may be asked before the time is up.
    private async ValueTask<int> ChooseAsync(long started, CancellationToken abort)
    {
        while (!abort.IsCancellationRequested && Stopwatch.GetElapsedTime(started) < settings.GiveUp)
        {
            var (now, first) = (Stopwatch.GetTimestamp(), long.MaxValue);
            for (var i = 0; i < _addresses.Length; i++)
            {
                var server = (int)((uint)_next++ % (uint)_addresses.Length);
                if (_notBefore[server] <= now) return server;
                first = Math.Min(first, _notBefore[server]);
            }
            var wait = Stopwatch.GetElapsedTime(now, first);
            var left = settings.GiveUp - Stopwatch.GetElapsedTime(started, now);
            await Task.Delay(wait < left ? wait : left, abort).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        return -1;
    }

    // True when nothing is left to do for these events.
    private async Task<bool> AttemptAsync(int server, CancellationToken abort)
    {
        if (!_patience.TryReset())
        {
            _patience.Dispose();
            _patience = new();
        }
        _patience.CancelAfter(settings.Timeout);
        using var aborts = abort.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _patience);
        var sent = Stopwatch.GetTimestamp();
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, _addresses[server]) { Content = new ReadOnlyMemoryContent(_batch.Body) };
            request.Content.Headers.TryAddWithoutValidation("Content-Type", _mediaType);
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, _patience.Token).ConfigureAwait(false);
            var length = await ReadAsync(response, _patience.Token).ConfigureAwait(false);
            return Understand(response, _received.AsSpan(0, length), Stopwatch.GetElapsedTime(sent), server);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            Meter.Answered("no connection", e.Message);
        }
        catch (OperationCanceledException)
        {
            if (!abort.IsCancellationRequested) Meter.Answered("timeout", $"No answer within {settings.Timeout.TotalSeconds} s.");
        }
        Pause(server, null);
        return false;
    }

    private bool Understand(HttpResponseMessage response, ReadOnlySpan<byte> body, TimeSpan took, int server)
    {
        var status = (int)response.StatusCode;
        var isAccepted = response.StatusCode == HttpStatusCode.Accepted;
        var isUnderstood = _answer.TryRead(body, isAccepted ? _batch.Count : null);
        if (isAccepted && !isUnderstood)
        {
            Meter.Answered("202 that does not account for the events", null);
            Pause(server, null);
            return false;
        }
        Meter.Answered(status.ToString(CultureInfo.InvariantCulture), isAccepted ? null : _answer.Detail);
        if (isAccepted)
        {
            Meter.Acknowledged.Add(took);
            Acknowledge();
            _failures = 0;
            return true;
        }
        if (status is 429 or 503) Meter.Refused.Add(took);
        if (status is 408 or 429 or >= 500)
        {
            Pause(server, response);
            return false;
        }
        if (status == 400 && _answer.Errors.Count == _batch.Count)
        {
            foreach (var (_, code) in _answer.Errors) Meter.Reject(code, 1);
            return true;
        }
        throw new CommandException(ExitCode.Unknown, $"{_addresses[server]} answers {status}: {_answer.Detail ?? response.ReasonPhrase}");
    }

    private void Acknowledge()
    {
        var rejected = _answer.Errors.Select(error => error.Index).ToHashSet();
        foreach (var (_, code) in _answer.Errors) Meter.Reject(code, 1);
        Meter.Duplicates += _answer.Duplicates;
        var now = TimeProvider.System.NowMicroseconds();
        if (_lines.Length == 0) _lines = new byte[_batch.Size * EventBatch.MaxLine];
        int length = 0, events = 0;
        for (var i = 0; i < _batch.Count; i++)
        {
            if (rejected.Contains(i)) continue;
            length += _batch.WriteLine(i, now, _lines.AsSpan(length));
            events++;
        }
        state.Acknowledge(events, _lines.AsSpan(0, length));
    }

    private async Task<int> ReadAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        var length = 0;
        await using var stream = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        // To the end, or the connection could not be used again.
        for (int read; (read = await stream.ReadAsync(_received.AsMemory(length), cancel).ConfigureAwait(false)) > 0;)
        {
            length += read;
            if (length == _received.Length) Array.Resize(ref _received, 2 * length);
        }
        return length;
    }

    // What the server asks for, else longer from failure to failure.
    private void Pause(int server, HttpResponseMessage? response)
    {
        var asked = response?.Headers.RetryAfter;
        var pause = asked?.Delta ?? asked?.Date - DateTimeOffset.UtcNow
            ?? TimeSpan.FromTicks(Math.Min(LongestPause.Ticks, ShortestPause.Ticks << Math.Min(_failures++, 10)));
        _notBefore[server] = Stopwatch.GetTimestamp() + (long)(Math.Max(0, pause.TotalSeconds) * Stopwatch.Frequency);
    }
}
