using System.Diagnostics;
using System.Text.Json.Nodes;

namespace GrainAnalytics.Cli.Tests.Support;

/// <summary>grain-analytics as a process of its own.</summary>
internal static class Tool
{
    /// <summary>Starts it.</summary>
    public static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Programs.Cli);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var variable in new[] { "GRAINANALYTICS_URL", "GRAINANALYTICS_WRITE_KEY", "GRAINANALYTICS_API_KEY", "ConnectionStrings__Postgres" }) start.Environment.Remove(variable);
        return Process.Start(start)!;
    }

    /// <summary>Runs it to its end.</summary>
    public static async Task<Outcome> RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        return await EndAsync(process);
    }

    /// <summary>Runs a load that only the events counted by --count end, however long a machine takes that stands still meanwhile.</summary>
    public static Task<Outcome> LoadAsync(params string[] arguments) => RunAsync(["load", "--duration", "10m", "--give-up", "5m", .. arguments]);

    /// <summary>An option with the value that it has unless it is among the arguments.</summary>
    public static string[] Unless(string[] arguments, string option, string value) => arguments.Contains(option) ? [] : [option, value];

    /// <summary>Waits for its end.</summary>
    public static async Task<Outcome> EndAsync(Process process)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(10));
        try
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(patience.Token), process.StandardError.ReadToEndAsync(patience.Token));
            await process.WaitForExitAsync(patience.Token);
            return new Outcome(process.ExitCode, await output, await error);
        }
        finally
        {
            process.Kill();     // nothing is left behind by a test that failed
        }
    }

    /// <summary>Sends a signal.</summary>
    public static async Task SignalAsync(Process process, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        await kill.WaitForExitAsync();
    }
}

/// <summary>How it ended.</summary>
internal sealed record Outcome(int Code, string Output, string Error)
{
    /// <summary>The report of --json.</summary>
    public JsonNode Json
    {
        get
        {
            Assert.True(Output.StartsWith('{'), $"No JSON: exit code {Code}, {Output} {Error}");
            return JsonNode.Parse(Output)!;
        }
    }
}
