using System.Diagnostics;
using GrainAnalytics.Testing;

namespace GrainAnalytics.OrleansDashboard.Tests.Support;

/// <summary>A program of the repository as a process of its own.</summary>
internal sealed class ProgramProcess : IAsyncDisposable
{
    private const string Listening = "Now listening on: ";
    private readonly Process _process;
    private readonly TaskCompletionSource<string> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ProgramProcess(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, $"{program}.dll"));
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        start.Environment["ASPNETCORE_FORWARDEDHEADERS_ENABLED"] = "true";
        start.Environment.Remove("Dashboard__AdminToken");
        _process = Process.Start(start)!;
        Output = ReadAsync();
        Error = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>All that it wrote, once it ended.</summary>
    public Task<string> Output { get; }

    /// <summary>All that it wrote to the error output, once it ended.</summary>
    public Task<string> Error { get; }

    /// <summary>Where it listens, once it does.</summary>
    public Task<string> Address => Wait.ForAsync(_address.Task, "the address of a program that started");

    public static ProgramProcess StartSilo(PostgresFixture postgres, string dataFolder, params string[] settings) => new("GrainAnalytics.Silo",
    [
        $"--ConnectionStrings:Postgres={postgres.ConnectionString}", "--urls=http://127.0.0.1:0", $"--Data:Path={dataFolder}",
        "--Cluster:AdvertisedAddress=127.0.0.1", "--Cluster:SiloPort=0", "--Cluster:GatewayPort=0", "--Logging:LogLevel:Orleans=None",
        "--Bootstrap:WriteKey=write-key", "--Bootstrap:ApiKey=api-key", "--Bootstrap:AdminToken=token", .. settings,
    ]);

    public static ProgramProcess StartDashboard(PostgresFixture postgres, params string[] settings) => StartDashboard(
        [$"--ConnectionStrings:Postgres={postgres.ConnectionString}", "--urls=http://127.0.0.1:0", $"--Dashboard:AdminToken={DashboardClient.Token}", .. settings]);

    public static ProgramProcess StartDashboard(string[] arguments) => new("GrainAnalytics.OrleansDashboard", arguments);

    /// <summary>Ends it.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> StopAsync(string signal = "TERM")
    {
        using (var kill = Process.Start("kill", [$"-{signal}", _process.Id.ToString()])) await kill.WaitForExitAsync();
        return await ExitAsync();
    }

    public async Task<int> ExitAsync()
    {
        await Wait.ForAsync(_process.WaitForExitAsync(), "the end of a program");
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task<string> ReadAsync()
    {
        var all = new System.Text.StringBuilder();
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            all.AppendLine(line);
            if (line.IndexOf(Listening, StringComparison.Ordinal) is > 0 and var at) _address.TrySetResult(line[(at + Listening.Length)..].Split('"')[0]);
        }
        _address.TrySetException(new InvalidOperationException($"The program ended: {all}{await Error}"));
        return all.ToString();
    }
}
