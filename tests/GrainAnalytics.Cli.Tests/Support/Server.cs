using System.Net;
using GrainAnalytics.Testing;

[assembly: CollectionBehavior(DisableTestParallelization = true)]   // each test starts processes

namespace GrainAnalytics.Cli.Tests.Support;

/// <summary>A real server on a fresh database.</summary>
public sealed class Server : PostgresFixture, IAsyncLifetime
{
    public const string WriteKey = "write", ApiKey = "api", AdminToken = "operator";

    private readonly List<ServerProcess> _processes = [];

    protected override bool IsMigrated => false;

    /// <summary>Whose days the site counts by.</summary>
    public string TimeZone { get; init; } = "UTC";

    /// <summary>Where it answers.</summary>
    public string Url { get; private set; } = "";

    async Task IAsyncLifetime.InitializeAsync()
    {
        await InitializeAsync();
        Url = await StartAsync();
    }

    async Task IAsyncLifetime.DisposeAsync()
    {
        foreach (var process in _processes) process.Dispose();
        await DisposeAsync();
    }

    /// <summary>Starts a server on the database, a further one perhaps, and waits until it is ready.</summary>
    public async Task<string> StartAsync()
    {
        var process = ServerProcess.Start(Programs.Standalone,
        [
            new("ConnectionStrings__Postgres", ConnectionString), new("ASPNETCORE_URLS", "http://127.0.0.1:0"),
            new("Bootstrap__WriteKey", WriteKey), new("Bootstrap__ApiKey", ApiKey), new("Bootstrap__AdminToken", AdminToken), new("Bootstrap__TimeZone", TimeZone),
            new("Jobs__Enabled", "false"),      // a recount would repair what a test has damaged
        ]);
        _processes.Add(process);
        var address = await process.Address;
        using var http = new HttpClient();
        await Wait.UntilAsync(async () => (await http.GetAsync(new Uri(address, "/health/ready"))).IsSuccessStatusCode, "a server that is ready", TimeSpan.FromMinutes(5));
        return address.ToString();
    }

    /// <summary>Makes a request until it is answered otherwise than by 503, which says that the database was too slow.</summary>
    public async Task AskAsync(HttpMethod method, string path, string key)
    {
        using var http = new HttpClient { DefaultRequestHeaders = { Authorization = new("Bearer", key) } };
        await Wait.UntilAsync(async () =>
        {
            using var request = new HttpRequestMessage(method, new Uri(new Uri(Url), path));
            using var answer = await http.SendAsync(request);
            if (answer.StatusCode == HttpStatusCode.ServiceUnavailable) return false;
            Assert.True(answer.IsSuccessStatusCode, $"{method} {path}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
            return true;
        }, $"an answer to {method} {path}", TimeSpan.FromMinutes(5));
    }
}
