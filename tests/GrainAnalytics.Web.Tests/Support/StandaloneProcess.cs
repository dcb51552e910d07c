using System.Diagnostics;
using GrainAnalytics.Standalone;

namespace GrainAnalytics.Web.Tests.Support;

/// <summary>The program as a process of its own, for tests that end it.</summary>
internal static class StandaloneProcess
{
    public static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(typeof(Server).Assembly.Location);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        return Process.Start(start)!;
    }

    /// <summary>Starts it and waits until it is ready.</summary>
    /// <returns>The process and a client that carries the key.</returns>
    public static async Task<(Process Process, HttpClient Client)> StartReadyAsync(string key, params string[] arguments)
    {
        var process = Start([.. PatientSettings.Arguments, .. arguments]);
        var client = new HttpClient(new PatientHandler(new SocketsHttpHandler())) { BaseAddress = new Uri(await AddressAsync(process)), Timeout = TimeSpan.FromMinutes(3) };
        client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        using var soon = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!(await client.GetAsync("/health/ready", patience.Token)).IsSuccessStatusCode) await soon.WaitForNextTickAsync(patience.Token);
        return (process, client);
    }

    /// <summary>Takes what it says from now on and drops it: a full pipe would hold the server.</summary>
    public static void Drain(this Process process)
    {
        _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        _ = process.StandardError.BaseStream.CopyToAsync(Stream.Null);
    }

    public static async Task SignalAsync(this Process process, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", process.Id.ToString()]);
        await kill.WaitForExitAsync();
    }

    private static async Task<string> AddressAsync(Process process)
    {
        const string Before = "Now listening on: ";
        while (await process.StandardOutput.ReadLineAsync() is { } line)
            if (line.IndexOf(Before, StringComparison.Ordinal) is > 0 and var at) return line[(at + Before.Length)..].Split('"')[0];
        throw new InvalidOperationException($"The server did not say where it listens: {await process.StandardError.ReadToEndAsync()}");
    }
}
