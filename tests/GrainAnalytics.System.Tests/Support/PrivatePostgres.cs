using System.Globalization;
using GrainAnalytics.Testing;
using Npgsql;

namespace GrainAnalytics.System.Tests.Support;

/// <summary>A PostgreSQL that tests may stop, kill and freeze. The one that ./run brings: never run by root, and with its
/// durability settings as they are there.</summary>
public sealed class PrivatePostgres : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("grain-analytics-faults-");
    private string _connection = "";
    private int[] _frozen = [];

    /// <summary>Where it listens; the same after every start.</summary>
    public int Port => new NpgsqlConnectionStringBuilder(_connection).Port;

    public async Task InitializeAsync()
    {
        // Its user must be able to enter.
        if (!OperatingSystem.IsWindows()) _folder.UnixFileMode |= UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        await StartAsync();
    }

    public async Task DisposeAsync()
    {
        await ThawAsync();
        await StopAsync();
        _folder.Delete(recursive: true);
    }

    /// <summary>A new, empty database.</summary>
    /// <returns>Its connection string.</returns>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = $"faults_{Guid.NewGuid():N}";
        await using var source = NpgsqlDataSource.Create(Patient(_connection));
        // The test before this one may have left it killed, or failed while it was stopped.
        await ThawAsync();
        await StartAsync();
        await Wait.UntilAsync(() => AcceptsAsync(source), "a PostgreSQL that accepts connections", Servers.Patience);
        await using var command = source.CreateCommand($"create database {name}");
        await command.ExecuteNonQueryAsync();
        return new NpgsqlConnectionStringBuilder(_connection) { Database = name, IncludeErrorDetail = true }.ConnectionString;
    }

    /// <summary>Starts it and waits until it accepts connections, after a crash with what it replays first.</summary>
    public async Task StartAsync() => _connection = (await ScriptAsync("start")).Trim();

    /// <summary>Stops it as an operator does: transactions under way are rolled back.</summary>
    public Task StopAsync() => ScriptAsync("stop");

    /// <summary>kill -9 of the postmaster; its other processes notice and end themselves.</summary>
    public Task KillAsync() => Shell.SignalAsync("KILL", Postmaster());

    /// <summary>kill -9 of a process that serves one of the servers' connections. PostgreSQL then ends all the others, and recovers
    /// as after a crash; returns when it accepts connections again.</summary>
    public async Task KillBackendAsync(string database, Random random)
    {
        await using var source = NpgsqlDataSource.Create(Patient(database));
        await using var witness = await source.OpenConnectionAsync();
        await using var find = new NpgsqlCommand("select array_agg(pid) from pg_stat_activity where datname = current_database() and application_name = 'grain-analytics'", witness);
        // One that was there when it was chosen may have ended meanwhile; then it is another's turn.
        await Wait.UntilAsync(async () => await find.ExecuteScalarAsync() is int[] { Length: > 0 } backends
            && Shell.Succeeds("kill", "-KILL", $"{backends[random.Next(backends.Length)]}"), "a connection of a server", Servers.Patience);
        await using var ask = new NpgsqlCommand("select 1", witness);
        await Wait.UntilAsync(async () => !await AnswersAsync(ask), "the end of another connection", Servers.Patience);
        await Wait.UntilAsync(() => AcceptsAsync(source), "a PostgreSQL that has recovered", Servers.Patience);
    }

    /// <summary>SIGSTOP of all its processes: it neither answers nor closes a connection.</summary>
    public async Task FreezeAsync()
    {
        var postmaster = Postmaster();
        await Shell.SignalAsync("STOP", postmaster);     // first, so that no more are started
        var others = await Shell.RunAsync("pgrep", "-P", $"{postmaster}");
        _frozen = [postmaster, .. others.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => int.Parse(line, CultureInfo.InvariantCulture))];
        await Shell.SignalAsync("STOP", _frozen);
    }

    /// <summary>Ends <see cref="FreezeAsync"/>.</summary>
    public async Task ThawAsync()
    {
        if (_frozen.Length > 0) await Shell.SignalAsync("CONT", _frozen);
        _frozen = [];
    }

    // A machine that stands still for a while is no failure of a statement of the test's own.
    private static NpgsqlConnectionStringBuilder Patient(string connection) => new(connection) { Pooling = false, CommandTimeout = 600, Timeout = 60 };

    private static async Task<bool> AcceptsAsync(NpgsqlDataSource source)
    {
        await using var command = source.CreateCommand("select 1");
        return await AnswersAsync(command);
    }

    private static async Task<bool> AnswersAsync(NpgsqlCommand command)
    {
        try
        {
            await command.ExecuteScalarAsync();
            return true;
        }
        catch (Exception e) when (e is NpgsqlException or InvalidOperationException)
        {
            return false;       // it starts, or recovers from a crash; or the command's connection is closed for good
        }
    }

    private int Postmaster() => int.Parse(File.ReadLines(Path.Combine(_folder.FullName, "pg", "postmaster.pid")).First(), CultureInfo.InvariantCulture);

    private Task<string> ScriptAsync(string verb) =>
        Shell.RunAsync("env", "PG_EXTRA_CONF=max_connections = 200", "bash", Path.Combine(Target.Root, "scripts", "postgres.sh"), verb, _folder.FullName);
}

/// <summary>Tests that share the database server, one at a time.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class FaultCollection : ICollectionFixture<PrivatePostgres>
{
    public const string Name = "faults";
}
