using GrainAnalytics.Cli.Load;
using GrainAnalytics.Testing;

namespace GrainAnalytics.System.Tests.Support;

/// <summary>Clients that send all the time while something is broken: some single events, some batches, at a rate that leaves
/// the machine time for the servers.</summary>
internal sealed class Traffic : IDisposable
{
    /// <summary>Users and sessions that the events are spread over.</summary>
    public const int Users = 300, Sessions = 500;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly CancellationTokenSource _over = new();
    private readonly Stalls _stalls = new();
    private readonly LoadRun[] _runs;
    private readonly Task<LoadReport>[] _reports;

    /// <summary>Starts them.</summary>
    /// <param name="servers">Where they send to.</param>
    /// <param name="folder">For the files of acknowledged events.</param>
    public Traffic(IReadOnlyList<Uri> servers, string folder)
    {
        var common = new LoadSettings
        {
            Servers = servers, Key = Servers.WriteKey, Duration = TimeSpan.FromHours(10), GiveUp = Patience, Ending = Patience, Users = Users, Sessions = Sessions,
        };
        LoadSettings[] settings =
        [
            common with { Shape = LoadShape.Single, Connections = 8, Rate = 200, AckedFile = Path.Combine(folder, "singles.tsv") },
            common with { Shape = LoadShape.Batch, BatchSize = 25, Connections = 4, Rate = 1000, AckedFile = Path.Combine(folder, "batches.tsv") },
        ];
        Files = [.. settings.Select(setting => setting.AckedFile!)];
        _runs = [.. settings.Select(setting => new LoadRun(setting))];
        _reports = [.. _runs.Select(run => Task.Run(() => run.RunAsync(_over.Token)))];
    }

    /// <summary>Files of acknowledged events.</summary>
    public string[] Files { get; }

    /// <summary>Acknowledged events.</summary>
    public long Acknowledged => _runs.Sum(run => run.Acknowledged);

    /// <summary>Attempts that ended otherwise.</summary>
    public long Refused => _runs.Sum(run => run.Refused);

    /// <summary>Whether the machine stood still meanwhile.</summary>
    public Stalls Stalls => _stalls;

    /// <summary>Waits for further acknowledged events.</summary>
    public Task AcknowledgedAsync(long more) => UntilAsync(() => Acknowledged, more, "acknowledged events");

    /// <summary>Waits for further refusals.</summary>
    public Task RefusedAsync(long more) => UntilAsync(() => Refused, more, "refusals");

    /// <summary>Begins nothing more, and waits until everything that was begun is acknowledged.</summary>
    public async Task<LoadReport[]> EndAsync()
    {
        await _over.CancelAsync();
        return await Task.WhenAll(_reports);
    }

    public void Dispose()
    {
        _over.Cancel();
        foreach (var run in _runs) run.Dispose();
        _over.Dispose();
        _stalls.Dispose();
    }

    private async Task UntilAsync(Func<long> count, long more, string what)
    {
        var enough = count() + more;
        await Wait.UntilAsync(async () =>
        {
            // What ended it is worth more than that it ended.
            foreach (var report in _reports) if (report.IsCompleted) await report;
            return count() >= enough;
        }, $"{more} more {what}", Patience);
    }
}
