using GrainAnalytics.PostgreSql;
using GrainAnalytics.PostgreSql.Schema;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace GrainAnalytics.Testing;

/// <summary>A database that is migrated and has its partitions, once a process: what every test class begins with is a copy of it.</summary>
public static class MigratedTemplate
{
    private static readonly Lock Gate = new();
    private static Task<string>? _made;

    /// <summary>Its name; it is dropped when the process ends.</summary>
    public static Task<string> GetAsync(string server)
    {
        lock (Gate) return _made ??= MakeAsync(server);
    }

    private static async Task<string> MakeAsync(string server)
    {
        var name = $"ga_template_{Guid.NewGuid():N}";
        var admin = new NpgsqlConnectionStringBuilder(server) { Pooling = false, CommandTimeout = 300 };
        await RunAsync($"create database {name}");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => RunAsync($"drop database if exists {name} with (force)").GetAwaiter().GetResult();
        await using (var database = Database.Open(new NpgsqlConnectionStringBuilder(server) { Database = name, Pooling = false }.ConnectionString))
        {
            await new Migrator(database, NullLogger<Migrator>.Instance).MigrateAsync(default);
            await new PartitionKeeper(database, TimeProvider.System, NullLogger<PartitionKeeper>.Instance).EnsureAsync(default);
        }
        return name;

        async Task RunAsync(string sql)
        {
            await using var source = NpgsqlDataSource.Create(admin);
            await using var command = source.CreateCommand(sql);
            await command.ExecuteNonQueryAsync();
        }
    }
}
