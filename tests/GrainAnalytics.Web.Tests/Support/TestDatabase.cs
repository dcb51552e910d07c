using GrainAnalytics.Testing;
using Npgsql;

namespace GrainAnalytics.Web.Tests.Support;

/// <summary>A migrated database on the test server, dropped at the end.</summary>
internal sealed class TestDatabase : IAsyncDisposable
{
    private const string Variable = "GRAINANALYTICS_TEST_POSTGRES";
    private readonly string _admin;
    private readonly string _name = $"web_tests_{Guid.NewGuid():N}";

    private TestDatabase(string admin) => _admin = admin;

    // Nothing here ends PostgreSQL itself, so nothing need wait for its disk; programs add options of their own to these.
    public string ConnectionString => new NpgsqlConnectionStringBuilder(_admin)
        { Database = _name, CommandTimeout = 120, Timeout = 60, Options = "-c synchronous_commit=off" }.ConnectionString;

    public static async Task<TestDatabase> CreateAsync()
    {
        var admin = Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrEmpty(admin))
            throw new InvalidOperationException($"{Variable} is not set: run the tests with ./test, which starts a PostgreSQL for them.");
        var database = new TestDatabase(admin);
        await database.RunAsync($"create database {database._name} template {await MigratedTemplate.GetAsync(admin)}");
        return database;
    }

    /// <summary>Ends every connection and lets nobody in, as if the server had stopped.</summary>
    public async Task TakeAwayAsync()
    {
        await RunAsync($"alter database {_name} allow_connections false");
        await RunAsync($"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{_name}'");
    }

    /// <summary>Lets connections in again.</summary>
    public Task GiveBackAsync() => RunAsync($"alter database {_name} allow_connections true");

    public async ValueTask DisposeAsync()
    {
        await RunAsync($"drop database if exists {_name} with (force)");
    }

    private async Task RunAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(_admin) { Pooling = false, CommandTimeout = 300, Timeout = 60 });
        await MigratedTemplate.RunAsync(source, sql);
    }
}
