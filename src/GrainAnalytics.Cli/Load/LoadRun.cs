using System.Diagnostics;

namespace GrainAnalytics.Cli.Load;

/// <summary>A load from its first request to its report.</summary>
internal sealed class LoadRun(LoadSettings settings) : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly LoadState _state = new(settings);
    private readonly List<long> _acknowledged = [], _refused = [];

    /// <inheritdoc cref="LoadState.Acknowledged"/>
    public long Acknowledged => _state.Acknowledged;

    /// <inheritdoc cref="LoadState.Refused"/>
    public long Refused => _state.Refused;

    /// <summary>Runs it.</summary>
    /// <param name="cancel">Ends it before its time.</param>
    /// <param name="everySecond">Called once a second with the time since the beginning.</param>
    public async Task<LoadReport> RunAsync(CancellationToken cancel, Action<TimeSpan>? everySecond = null)
    {
        using var http = Client();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var abort = new CancellationTokenSource();
        await using var ending = cancel.UnsafeRegister(_ => abort.CancelAfter(settings.Ending), null);
        var cpu = Environment.CpuUsage.TotalTime;
        var started = Stopwatch.GetTimestamp();
        stop.CancelAfter(settings.Duration);
        var pace = new Pace(settings.Rate);
        var senders = Enumerable.Range(0, settings.Connections).Select(i => new Sender(settings, _state, pace, http, i)).ToArray();
        var all = Task.WhenAll(senders.Select(sender => Task.Run(() => RunAsync(sender, stop, abort))));
        await WatchAsync(all, started, everySecond);
        await all;
        return Report(senders, Stopwatch.GetElapsedTime(started), Environment.CpuUsage.TotalTime - cpu);
    }

    public void Dispose() => _state.Dispose();

    private static async Task RunAsync(Sender sender, CancellationTokenSource stop, CancellationTokenSource abort)
    {
        try
        {
            await sender.RunAsync(stop.Token, abort.Token);
        }
        catch
        {
            // What no repetition cures for one client is not cured for the others.
            await stop.CancelAsync();
            await abort.CancelAsync();
            throw;
        }
    }

    private HttpClient Client()
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false, UseCookies = false, UseProxy = false, ActivityHeadersPropagator = null,
            ConnectTimeout = settings.Timeout, MaxConnectionsPerServer = settings.Connections,
        };
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, DefaultRequestHeaders = { Authorization = new("Bearer", settings.Key) } };
    }

    private async Task WatchAsync(Task all, long started, Action<TimeSpan>? everySecond)
    {
        long acknowledged = 0, refused = 0;
        using var timer = new PeriodicTimer(Second);
        for (var isOver = false; !isOver;)
        {
            isOver = await Task.WhenAny(all, timer.WaitForNextTickAsync().AsTask()) == all;
            _acknowledged.Add(Acknowledged - acknowledged);
            _refused.Add(Refused - refused);
            (acknowledged, refused) = (acknowledged + _acknowledged[^1], refused + _refused[^1]);
            everySecond?.Invoke(Stopwatch.GetElapsedTime(started));
        }
    }

    private LoadReport Report(Sender[] senders, TimeSpan elapsed, TimeSpan cpu)
    {
        var sum = new Meter();
        foreach (var sender in senders) sum.Add(sender.Meter);
        return new LoadReport
        {
            ElapsedSeconds = Math.Round(elapsed.TotalSeconds, 3),
            Acknowledged = Acknowledged,
            EventsPerSecond = Math.Round(Acknowledged / elapsed.TotalSeconds, 1),
            Duplicates = sum.Duplicates,
            Rejected = sum.Rejected,
            Rejections = sum.Rejections,
            Unanswered = sum.Unanswered,
            Answers = sum.Answers,
            FirstProblem = sum.FirstProblem,
            LatencyMs = Spread.Of(sum.Acknowledged),
            RefusalMs = Spread.Of(sum.Refused),
            WaitMs = Spread.Of(sum.Waits),
            LongestSilenceSeconds = Math.Round(_state.LongestSilence.TotalSeconds, 3),
            CpuSeconds = Math.Round(cpu.TotalSeconds, 2),
            AcknowledgedEachSecond = _acknowledged,
            RefusedEachSecond = _refused,
        };
    }
}
