using System.Collections.Concurrent;
using System.Diagnostics;

namespace GrainAnalytics.Testing;

/// <summary>A server as a process of its own, as it is delivered.</summary>
public sealed class ServerProcess : IDisposable
{
    private const string Listening = "Now listening on: ";

    private readonly Process _process;
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServerProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, e) => Read(e.Data);
        process.ErrorDataReceived += (_, e) => Read(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _ = process.WaitForExitAsync().ContinueWith(_ => _address.TrySetException(new InvalidOperationException(
            $"The server ended with exit code {process.ExitCode}:\n{string.Join('\n', Log)}")), TaskScheduler.Default);
        // A silo without HTTP never has an address, and nobody waits for it.
        _ = _address.Task.Exception;
    }

    /// <summary>What it printed.</summary>
    public ConcurrentQueue<string> Log { get; } = new();

    /// <summary>Where it answers; fails when it ends before it does.</summary>
    public Task<Uri> Address => _address.Task;

    /// <summary>Its process id.</summary>
    public int Id => _process.Id;

    /// <summary>Starts a program.</summary>
    /// <param name="program">Path of its dll.</param>
    /// <param name="settings">Environment variables beside those of the tests.</param>
    public static ServerProcess Start(string program, IEnumerable<KeyValuePair<string, string>> settings)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(program);
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        foreach (var (name, value) in settings) start.Environment[name] = value;
        return new ServerProcess(Process.Start(start)!);
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Asks it to stop, as an orchestrator does.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> TerminateAsync()
    {
        using (var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"])) await kill.WaitForExitAsync();
        return await ExitAsync();
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> ExitAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    private void Read(string? line)
    {
        if (line is null) return;
        Log.Enqueue(line);
        if (line.IndexOf(Listening, StringComparison.Ordinal) is > 0 and var at) _address.TrySetResult(new Uri(line[(at + Listening.Length)..].Split('"')[0]));
    }
}
