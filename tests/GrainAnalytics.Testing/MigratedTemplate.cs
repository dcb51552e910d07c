using GrainAnalytics.PostgreSql;
using GrainAnalytics.PostgreSql.Schema;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace GrainAnalytics.Testing;

/// <summary>A database that is migrated and has its partitions, once a process: what every test class begins with is a copy of it.</summary>
public static class MigratedTemplate
{
    // Tests know the partitions of this year, whenever they run.
    private static readonly DateTimeOffset Known = new(2026, 11, 15, 0, 0, 0, TimeSpan.Zero);

    private static readonly Lock Gate = new();
    private static Task<string>? _made;

    /// <summary>Its name; it is dropped when the process ends.</summary>
    public static Task<string> GetAsync(string server)
    {
        lock (Gate) return _made = _made is null or { IsFaulted: true } ? MakeAsync(server) : _made;
    }

    /// <summary>Makes or drops a database, again as long as somebody who is leaving is still in it: PostgreSQL waits for five seconds.</summary>
    public static async Task RunAsync(NpgsqlDataSource server, string sql)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var command = server.CreateCommand(sql);
                await command.ExecuteNonQueryAsync();
                return;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ObjectInUse && attempt < 20)
            {
                await Task.Delay(1000);
            }
        }
    }

    private static async Task<string> MakeAsync(string server)
    {
        var name = $"ga_template_{Guid.NewGuid():N}";
        var settings = new NpgsqlConnectionStringBuilder(server) { Pooling = false, CommandTimeout = 300, Timeout = 60 };
        var admin = settings.ConnectionString;
        await AskAsync($"create database {name}");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => AskAsync($"drop database if exists {name} with (force)").GetAwaiter().GetResult();
        settings.Database = name;
        await using (var database = Database.Open(settings.ConnectionString))
        {
            await new Migrator(database, NullLogger<Migrator>.Instance).MigrateAsync(default);
            foreach (var time in (TimeProvider[])[new FakeClock(Known), TimeProvider.System])
                await new PartitionKeeper(database, time, NullLogger<PartitionKeeper>.Instance).EnsureAsync(default);
        }
        return name;

        async Task AskAsync(string sql)
        {
            await using var source = NpgsqlDataSource.Create(admin);
            await RunAsync(source, sql);
        }
    }
}
