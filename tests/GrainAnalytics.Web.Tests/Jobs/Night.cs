using GrainAnalytics.Testing;
using Npgsql;

namespace GrainAnalytics.Web.Tests.Jobs;

/// <summary>The jobs that servers plan for themselves. Last night's are due as soon as a server starts, and may do what a test wants its own job to do.</summary>
internal static class Night
{
    private static readonly TimeSpan Begin = TimeSpan.FromMinutes(10), Near = TimeSpan.FromMinutes(2);

    /// <summary>Waits until last night's jobs are over, and for them when they begin in less than two minutes.</summary>
    public static async Task PassAsync(NpgsqlDataSource source)
    {
        var left = Begin - DateTime.UtcNow.TimeOfDay;
        if (left > TimeSpan.Zero && left < Near) await Task.Delay(left + TimeSpan.FromSeconds(1));
        await using var command = source.CreateCommand("""
            select exists (select from jobs where key is not null) and not exists (select from jobs where state in ('waiting', 'running') and run_at <= now())
            """);
        await Wait.UntilAsync(async () => (bool)(await command.ExecuteScalarAsync())!, "the end of the nightly jobs");
    }
}
