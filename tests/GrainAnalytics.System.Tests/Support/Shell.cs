using System.Diagnostics;

namespace GrainAnalytics.System.Tests.Support;

/// <summary>Programs of the system.</summary>
internal static class Shell
{
    /// <summary>Runs a program to its end.</summary>
    /// <returns>What it printed.</returns>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Start(program, arguments);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with exit code {process.ExitCode}: {await error}");
        return await output;
    }

    /// <summary>True when a program ends well.</summary>
    public static bool Succeeds(string program, params string[] arguments)
    {
        try
        {
            using var process = Start(program, arguments);
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (global::System.ComponentModel.Win32Exception)
        {
            return false;       // there is no such program
        }
    }

    /// <summary>Sends a signal to processes that may be gone already.</summary>
    public static async Task SignalAsync(string signal, params int[] processes)
    {
        using var kill = Start("kill", [$"-{signal}", .. processes.Select(process => $"{process}")]);
        await kill.WaitForExitAsync();
    }

    private static Process Start(string program, string[] arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
}
