using System.Net;
using System.Text.Json.Nodes;
using GrainAnalytics.Testing;
using Xunit.Abstractions;

namespace GrainAnalytics.System.Tests.Support;

/// <summary>Servers on one database. Each keeps its address and its data folder over restarts, as in a deployment.</summary>
internal sealed class Servers : IAsyncDisposable
{
    public const string WriteKey = "write", ApiKey = "api";

    /// <summary>Longest wait for something that servers come to by themselves, also on a machine that stands still for a while.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("grain-analytics-system-");
    private readonly string _connection;
    private readonly ITestOutputHelper _output;
    private readonly Func<int, (string Name, string Value)[]> _settings;
    private readonly ServerProcess?[] _processes;
    private readonly List<ServerProcess> _all = [];

    /// <summary>Prepares servers; none is started.</summary>
    /// <param name="count">How many.</param>
    /// <param name="connection">Their database.</param>
    /// <param name="settings">Further settings of a server, by its number.</param>
    /// <param name="output">Their logs, at the end.</param>
    public Servers(int count, string connection, Func<int, (string Name, string Value)[]> settings, ITestOutputHelper output)
    {
        (_connection, _settings, _output) = (connection, settings, output);
        _processes = new ServerProcess?[count];
        Addresses = [.. Enumerable.Range(0, count).Select(_ => new Uri($"http://127.0.0.1:{FreePort.Find()}/"))];
    }

    /// <summary>Where each answers while it runs.</summary>
    public IReadOnlyList<Uri> Addresses { get; }

    /// <summary>Reads with the API key. Servers answer within five seconds; the rest is for a machine that stands still.</summary>
    public HttpClient Http { get; } = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromMinutes(2), DefaultRequestHeaders = { Authorization = new("Bearer", ApiKey) } };

    /// <summary>A server's own folder.</summary>
    public string DataOf(int index) => Directory.CreateDirectory(Path.Combine(_folder.FullName, $"node-{index}")).FullName;

    /// <summary>Starts a server and waits until it answers anything at all.</summary>
    public async Task StartAsync(int index)
    {
        var process = Start(index);
        await Wait.UntilAsync(async () =>
        {
            if (process.Address.IsFaulted) await process.Address;       // it ended
            return await StatusAsync(index, "/health/live") == HttpStatusCode.OK;
        }, $"server {index} to answer", Patience);
    }

    /// <summary>Starts a server, and does not wait.</summary>
    public ServerProcess Start(int index)
    {
        var process = ServerProcess.Start(Target.Chosen.Program,
        [
            new("ConnectionStrings__Postgres", _connection), new("ASPNETCORE_URLS", Addresses[index].ToString()),
            new("Bootstrap__WriteKey", WriteKey), new("Bootstrap__ApiKey", ApiKey), new("Data__Path", DataOf(index)),
            new("Jobs__Enabled", "false"),      // a recount would repair what a fault has damaged
            new("Cluster__SiloPort", "0"), new("Cluster__GatewayPort", "0"), new("Cluster__AdvertisedAddress", "127.0.0.1"),
            new("Cluster__SiloIndex", $"{index}"),
            .. _settings(index).Select(setting => new KeyValuePair<string, string>(setting.Name, setting.Value)),
        ]);
        _processes[index] = process;
        _all.Add(process);
        return process;
    }

    /// <summary>Starts a server and waits until it is ready.</summary>
    public async Task StartReadyAsync(int index)
    {
        await StartAsync(index);
        await UntilReadyAsync(index);
    }

    /// <summary>Waits until a server is ready.</summary>
    public Task UntilReadyAsync(int index) => Wait.UntilAsync(async () => await StatusAsync(index, "/health/ready") == HttpStatusCode.OK, $"server {index} to be ready", Patience);

    /// <summary>kill -9.</summary>
    public Task KillAsync(int index) => _processes[index]!.KillAsync();

    /// <summary>Stops a server as an orchestrator does.</summary>
    /// <returns>Its exit code.</returns>
    public Task<int> TerminateAsync(int index) => _processes[index]!.TerminateAsync();

    /// <summary>Waits for a server's own end.</summary>
    /// <returns>Its exit code.</returns>
    public Task<int> ExitAsync(int index) => _processes[index]!.ExitAsync();

    /// <summary>What a server answers; null when it does not.</summary>
    public async Task<HttpStatusCode?> StatusAsync(int index, string path)
    {
        try
        {
            using var answer = await Http.GetAsync(new Uri(Addresses[index], path));
            return answer.StatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or TaskCanceledException)
        {
            return null;
        }
    }

    /// <summary>What a server says of its health; null when it says nothing.</summary>
    public Task<JsonNode?> HealthAsync(int index) => GetAsync(index, "/health");

    /// <summary>A JSON answer; null when there is none, or another one than 200.</summary>
    public async Task<JsonNode?> GetAsync(int index, string path)
    {
        try
        {
            using var answer = await Http.GetAsync(new Uri(Addresses[index], path));
            return answer.IsSuccessStatusCode ? JsonNode.Parse(await answer.Content.ReadAsStringAsync()) : null;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or TaskCanceledException)
        {
            return null;
        }
    }

    /// <summary>Waits until every server's database answers and nothing is in any spool.</summary>
    public Task UntilWellAsync() => Wait.UntilAsync(async () =>
    {
        for (var i = 0; i < Addresses.Count; i++)
            if (await HealthAsync(i) is not { } health || (string?)health["status"] != "ok" || Spooled(health) != 0) return false;
        return true;
    }, "every server to be well, and its spool empty", Patience);

    /// <summary>Events in a server's spool.</summary>
    public static long Spooled(JsonNode health) => (long?)health["spool"]?["events"] ?? 0;

    public async ValueTask DisposeAsync()
    {
        foreach (var (i, process) in _all.Index())
        {
            process.Dispose();
            foreach (var line in process.Log) _output.WriteLine($"process {i}: {line}");
        }
        Http.Dispose();
        await Task.Yield();
        _folder.Delete(recursive: true);
    }
}
