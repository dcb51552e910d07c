using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace GrainAnalytics.Clients.Tests.Support;

/// <summary>A client as npm has it, run by Node.</summary>
internal sealed class NodeClient : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource<JsonNode> _told = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _started = Stopwatch.GetTimestamp();
    private long _ended;
    private int _calls;

    private NodeClient(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, e) => Read(e.Data);
        process.ErrorDataReceived += (_, e) => Read(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _ = process.WaitForExitAsync().ContinueWith(_ => _told.TrySetException(new InvalidOperationException($"The client ended without a word:\n{_output}")), TaskScheduler.Default);
    }

    /// <summary>Calls that it has begun.</summary>
    public int Calls => Volatile.Read(ref _calls);

    /// <summary>What it says that the server is to have, when it has ended.</summary>
    public Task<JsonNode> Told => _told.Task;

    /// <summary>How long it ran until it had told.</summary>
    public TimeSpan Took => Stopwatch.GetElapsedTime(_started, _ended);

    /// <summary>What it printed.</summary>
    public string Output
    {
        get { lock (_output) return _output.ToString(); }
    }

    public static NodeClient Start(string name, string url, int count, int pauseMs)
    {
        if (!Directory.Exists(Path.Combine(Places.Clients, "node_modules")))
            throw new InvalidOperationException($"The clients are not installed: run the tests with ./test, or `npm ci` in {Places.Clients}.");
        var start = new ProcessStartInfo("node") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Places.Clients };
        start.ArgumentList.Add("run.mjs");
        start.ArgumentList.Add(name);
        start.Environment["GA_URL"] = url;
        start.Environment["GA_KEY"] = Shop.WriteKey;
        start.Environment["GA_COUNT"] = count.ToString(CultureInfo.InvariantCulture);
        start.Environment["GA_PAUSE"] = pauseMs.ToString(CultureInfo.InvariantCulture);
        return new NodeClient(Process.Start(start)!);
    }

    /// <summary>The version that is installed.</summary>
    public static string VersionOf(string package) =>
        (string)JsonNode.Parse(File.ReadAllText(Path.Combine(Places.Clients, "node_modules", package, "package.json")))!["version"]!;

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private void Read(string? line)
    {
        const string Expected = "EXPECTED ";
        if (line is null) return;
        if (line.StartsWith("CALL ", StringComparison.Ordinal)) Interlocked.Increment(ref _calls);
        else if (line.StartsWith(Expected, StringComparison.Ordinal))
        {
            _ended = Stopwatch.GetTimestamp();
            _told.TrySetResult(JsonNode.Parse(line[Expected.Length..])!);
        }
        else lock (_output) _output.AppendLine(line);
    }
}
