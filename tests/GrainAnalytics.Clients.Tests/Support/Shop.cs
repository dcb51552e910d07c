using System.Net;
using System.Text.Json.Nodes;
using GrainAnalytics.Testing;
using Npgsql;

[assembly: CollectionBehavior(DisableTestParallelization = true)]   // each test starts processes

namespace GrainAnalytics.Clients.Tests.Support;

/// <summary>A real server on a fresh database, always under the same address, and the front that clients talk to.</summary>
public sealed class Shop : IAsyncDisposable
{
    public const string WriteKey = "wk-clients", Domain = "shop.example";
    private const string ApiKey = "ak-clients";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly EmptyDatabase _database = new();
    private readonly int _port = FreePort.Find();
    private ServerProcess? _process;

    /// <summary>What stands between the clients and the server.</summary>
    internal Front Front { get; private set; } = null!;

    private Uri Address => new($"http://127.0.0.1:{_port}");

    internal static async Task<Shop> OpenAsync(Func<int, Behaviour>? faults = null)
    {
        var shop = new Shop();
        await shop._database.InitializeAsync();
        await shop.StartAsync();
        shop.Front = await Front.OpenAsync(shop.Address, faults ?? (_ => Behaviour.Pass));
        return shop;
    }

    public async ValueTask DisposeAsync()
    {
        if (Front is not null) await Front.DisposeAsync();
        _process?.Dispose();
        await _database.DisposeAsync();
    }

    /// <summary>kill -9, and started again.</summary>
    /// <param name="meanwhile">What happens while there is no server.</param>
    public async Task KillAsync(Func<Task> meanwhile)
    {
        await _process!.KillAsync();
        _process.Dispose();
        await meanwhile();
        await StartAsync();
    }

    /// <summary>Ends the server's connections to the database and lets no new ones in, as if that had stopped.</summary>
    public async Task TakeDatabaseAwayAsync()
    {
        await AsOperatorAsync("alter database {0} allow_connections false");
        await AsOperatorAsync("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{0}'");
    }

    /// <summary>Lets connections in again.</summary>
    public Task GiveDatabaseBackAsync() => AsOperatorAsync("alter database {0} allow_connections true");

    /// <summary>Everything that is stored, asked back through the API user by user.</summary>
    public async Task<List<JsonNode>> EventsAsync()
    {
        using var http = new HttpClient { BaseAddress = Address };
        http.DefaultRequestHeaders.Authorization = new("Bearer", ApiKey);
        var events = new List<JsonNode>();
        foreach (var user in await UsersAsync())
        {
            var journey = await JourneyAsync(http, user);
            Assert.Null(journey["nextCursor"]);
            // Those of the user's other ids are in it as well, and in journeys of their own.
            events.AddRange(journey["events"]!.AsArray().Where(found => (string)found!["userId"]! == user)!);
        }
        return events;
    }

    // A database that is slow for a moment is said with 503, or with what is known of the journey without it.
    private static async Task<JsonNode> JourneyAsync(HttpClient http, string user)
    {
        JsonNode? journey = null;
        await Wait.UntilAsync(async () =>
        {
            using var answer = await http.GetAsync($"/v1/journey?limit=1000&userId={Uri.EscapeDataString(user)}");
            if (answer.StatusCode == HttpStatusCode.ServiceUnavailable) return false;
            answer.EnsureSuccessStatusCode();
            journey = JsonNode.Parse(await answer.Content.ReadAsStringAsync());
            return (bool?)journey!["partial"] is not true;
        }, $"the whole journey of {user}", Patience);
        return journey!;
    }

    private async Task<List<string>> UsersAsync()
    {
        await using var command = _database.Database.CreateCommand("select distinct user_id from events");
        await using var reader = await command.ExecuteReaderAsync();
        var users = new List<string>();
        while (await reader.ReadAsync()) users.Add(reader.GetString(0));
        return users;
    }

    private async Task StartAsync()
    {
        _process = ServerProcess.Start(Places.Standalone,
        [
            new("ConnectionStrings__Postgres", _database.ConnectionString), new("ASPNETCORE_URLS", Address.ToString()), new("Bootstrap__SiteDomain", Domain),
            new("Bootstrap__WriteKey", WriteKey), new("Bootstrap__ApiKey", ApiKey),
        ]);
        await _process.Address;
        using var http = new HttpClient { BaseAddress = Address };
        await Wait.UntilAsync(async () => (await http.GetAsync("/health/ready")).IsSuccessStatusCode, "a server that is ready", Patience);
    }

    private async Task AsOperatorAsync(string sql)
    {
        var server = new NpgsqlConnectionStringBuilder(_database.ConnectionString) { Pooling = false };
        var name = server.Database!;
        server.Database = "postgres";
        await using var source = NpgsqlDataSource.Create(server);
        await using var command = source.CreateCommand(string.Format(null, sql, name));
        await command.ExecuteNonQueryAsync();
    }

    private sealed class EmptyDatabase : PostgresFixture
    {
        protected override bool IsMigrated => false;
    }
}
