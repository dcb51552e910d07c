using System.Diagnostics;
using System.Text.Json;
using GrainAnalytics.Cli.Commands;

namespace GrainAnalytics.Cli.Verify;

/// <summary>Waits until servers are well again: their database answers, and nothing that they acknowledged is still spooled.</summary>
internal static class ServerWait
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Waits.</summary>
    /// <exception cref="CommandException">They were not well in time; the message says what was missing.</exception>
    public static async Task UntilWellAsync(VerifySettings settings, ApiClient api, CancellationToken cancel)
    {
        var started = Stopwatch.GetTimestamp();
        foreach (var server in settings.Servers)
        {
            while (await api.GetAsync(server, "/health", Missing, cancel) is { } missing)
            {
                if (Stopwatch.GetElapsedTime(started) > settings.Wait)
                    throw new CommandException(ExitCode.Unknown, $"After {settings.Wait.TotalSeconds} s {server} is not well: {missing}.");
                await Task.Delay(Pause, cancel);
            }
        }
    }

    // Null: nothing is missing.
    private static string? Missing(JsonElement health)
    {
        var spooled = health.TryGetProperty("spool", out var spool) && spool.TryGetProperty("events", out var events) ? events.GetInt64() : 0;
        if (spooled > 0) return $"{spooled} events wait in its spool";
        return health.GetProperty("status").GetString() is "ok" ? null : "its status is " + health.GetProperty("status").GetString();
    }
}
