using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Erasures;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Live;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.PostgreSql;
using GrainAnalytics.PostgreSql.Erasures;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;

namespace GrainAnalytics.Testing;

/// <summary>A database of its own for a test class, migrated and with partitions; dropped at the end.</summary>
public class PostgresFixture : IAsyncLifetime
{
    /// <summary>Environment variable that names the server.</summary>
    public const string Variable = "GRAINANALYTICS_TEST_POSTGRES";

    private readonly string _name = $"ga_test_{Guid.NewGuid():N}";
    private NpgsqlDataSource? _server, _database;
    private MaintenanceDatabase? _maintenance;
    private JourneyDatabase? _journeys;

    /// <summary>The database.</summary>
    public NpgsqlDataSource Database => _database ?? throw new InvalidOperationException("The fixture is not initialized.");

    /// <summary>Its connection string.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <summary>False when a class wants the database empty.</summary>
    protected virtual bool IsMigrated => true;

    /// <summary>A store on it.</summary>
    public PostgresEventStore Store => new(Database, journeys: _journeys ??= new JourneyDatabase(PostgreSql.Database.OpenForJourneys(ConnectionString)));

    public async Task InitializeAsync()
    {
        var server = Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrEmpty(server))
            throw new InvalidOperationException($"These tests need PostgreSQL: run ./test, which starts one, or set {Variable} to an Npgsql connection string.");
        _server = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(server) { Pooling = false, CommandTimeout = 300, Timeout = 60 });
        var template = IsMigrated ? await MigratedTemplate.GetAsync(server) : "template1";
        await MigratedTemplate.RunAsync(_server, $"create database {_name} template {template}");
        // Long enough for a machine that stands still: what is not tested here is an outage.
        ConnectionString = new NpgsqlConnectionStringBuilder(server)
        {
            Database = _name, IncludeErrorDetail = true, CommandTimeout = 300, Timeout = 60, Options = "-c idle_in_transaction_session_timeout=5min",
        }.ConnectionString;
        _database = PostgreSql.Database.Open(ConnectionString);
    }

    public async Task DisposeAsync()
    {
        if (_maintenance is not null) await _maintenance.DisposeAsync();
        if (_journeys is not null) await _journeys.DisposeAsync();
        if (_database is not null) await _database.DisposeAsync();
        if (_server is null) return;
        await MigratedTemplate.RunAsync(_server, $"drop database if exists {_name} with (force)");
        await _server.DisposeAsync();
    }

    /// <summary>Creates a site: each test has its own, so that tests of a class do not meet.</summary>
    public async Task<Site> AddSiteAsync(string timeZone = "UTC")
    {
        await using var command = Database.CreateCommand("insert into sites (name, time_zone) values ('test', $1) returning site_id");
        command.Parameters.Add(new() { Value = timeZone });
        return new Site((int)(await command.ExecuteScalarAsync())!, "test", null, new SiteClock(timeZone));
    }

    /// <summary>Runs a statement.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Reads one value.</summary>
    public async Task<T> ScalarAsync<T>(string sql, params object[] parameters)
    {
        await using var command = Database.CreateCommand(sql);
        foreach (var parameter in parameters) command.Parameters.Add(new() { Value = parameter });
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Erases users from the database.</summary>
    public IErasureStore Erasures => new PostgresErasures(Database, _maintenance ??= new MaintenanceDatabase(PostgreSql.Database.OpenForMaintenance(ConnectionString)), TimeProvider.System);

    /// <summary>Erases users from the database and from an engine.</summary>
    public UserEraser Eraser(IAnalyticsEngine engine, ILiveReset? live = null, IErasureStore? store = null) =>
        new(engine, store ?? Erasures, live ?? new LocalLive(Store, new LiveOptions(), TimeProvider.System, NullLogger<LocalLive>.Instance), new ErasureMetrics(new TestMeters()), TimeProvider.System);

    /// <summary>How long an engine waits for the database where a test does not say otherwise: a machine that stands still for some seconds is no outage.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromMinutes(2);

    /// <summary>Starts a single-node engine on the database.</summary>
    public SingleNodeEngine StartSingleNode(EngineOptions? engine = null, IngestOptions? ingest = null, IEventStore? store = null, TimeProvider? time = null,
        WritePatience? patience = null, params ICommitObserver[] observers)
    {
        var meters = new TestMeters();
        return new SingleNodeEngine(engine ?? new(), ingest ?? new(), store ?? Store, new IngestMetrics(meters), new WriteMetrics(meters),
            time ?? TimeProvider.System, NullLoggerFactory.Instance, observers,
            new StoreHealth(time ?? TimeProvider.System, NullLogger<StoreHealth>.Instance), patience ?? new WritePatience(Patience));
    }
}
