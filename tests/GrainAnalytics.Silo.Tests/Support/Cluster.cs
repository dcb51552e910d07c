using System.Text;
using System.Text.Json.Nodes;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Testing;
using Xunit.Abstractions;

namespace GrainAnalytics.Silo.Tests.Support;

/// <summary>Silos, a process each, on one fresh database, which they migrate themselves.</summary>
internal sealed class Cluster : IAsyncDisposable
{
    private readonly Fixture _fixture = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("grain-analytics-system-");
    private readonly ITestOutputHelper _output;
    private readonly List<ServerProcess> _all = [];
    private readonly Lock _gate = new();
    private volatile Node[] _nodes = [];

    private Cluster(ITestOutputHelper output) => _output = output;

    /// <summary>The site that the silos make.</summary>
    public static Site Site { get; } = new(1, "", null, SiteClock.Utc);

    /// <summary>The database.</summary>
    public PostgresFixture Database => _fixture;

    /// <summary>Silos that answer HTTP and were not stopped or killed.</summary>
    public Node[] Nodes => _nodes;

    /// <summary>Asks without following a node: give whole addresses.</summary>
    public HttpClient Http { get; } = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(60), DefaultRequestHeaders = { Authorization = new("Bearer", "api") } };

    /// <summary>Starts a cluster; all its silos are ready and know of each other when this returns.</summary>
    public static async Task<Cluster> StartAsync(int silos, ITestOutputHelper output)
    {
        var cluster = new Cluster(output);
        try
        {
            await cluster._fixture.InitializeAsync();
            await Task.WhenAll(Enumerable.Range(0, silos).Select(index => cluster.StartNodeAsync(index)));
            await cluster.UntilSilosAsync(silos);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a silo, or starts it again: its data folder stays, its HTTP port is another.</summary>
    public async Task<Node> StartNodeAsync(int index)
    {
        var process = StartProcess(index);
        var node = new Node(index, process, await process.Address);
        await Wait.UntilAsync(async () => await IsReadyAsync(node), $"silo {index} to be ready");
        lock (_gate) _nodes = [.. _nodes, node];
        return node;
    }

    /// <summary>Starts a silo and does not wait.</summary>
    public ServerProcess StartProcess(int index, params (string Name, string Value)[] settings)
    {
        var process = SiloProgram.Start(
        [
            new("ConnectionStrings__Postgres", _fixture.ConnectionString), new("ASPNETCORE_URLS", "http://127.0.0.1:0"),
            new("Bootstrap__WriteKey", "write"), new("Bootstrap__ApiKey", "api"), new("Bootstrap__AdminToken", "admin"),
            new("Cluster__SiloPort", "0"), new("Cluster__GatewayPort", "0"), new("Cluster__AdvertisedAddress", "127.0.0.1"),
            new("Cluster__SiloIndex", $"{index}"), new("Data__Path", Directory.CreateDirectory(Path.Combine(_folder.FullName, $"node-{index}")).FullName),
            .. settings.Select(setting => new KeyValuePair<string, string>(setting.Name, setting.Value)),
        ]);
        lock (_gate) _all.Add(process);
        return process;
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync(Node node)
    {
        Remove(node);
        await node.Process.KillAsync();
    }

    /// <summary>Stops a silo as an orchestrator does. Clients that follow readiness find out themselves, the others are told first.</summary>
    public async Task<int> TerminateAsync(Node node)
    {
        var code = await node.Process.TerminateAsync();
        Remove(node);
        return code;
    }

    public async Task<bool> IsReadyAsync(Node node)
    {
        try
        {
            using var answer = await Http.GetAsync(new Uri(node.Address, "/health/ready"));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>Waits until every node counts so many silos.</summary>
    public Task UntilSilosAsync(int silos) => Wait.UntilAsync(async () =>
        (await Task.WhenAll(Nodes.Select(node => GetAsync(node, "/health")))).All(health => (int)health["silos"]! == silos), $"{silos} silos in /health of every node");

    public async Task<JsonNode> GetAsync(Node node, string path)
    {
        using var answer = await Http.GetAsync(new Uri(node.Address, path));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }

    public async Task<HttpResponseMessage> PostAsync(Node node, string events)
    {
        using var content = new StringContent(events, Encoding.UTF8, "application/json");
        return await Http.PostAsync(new Uri(node.Address, "/v1/events"), content);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (silo, i) in _all.Select((silo, i) => (silo, i)))
        {
            silo.Dispose();
            foreach (var line in silo.Log) _output.WriteLine($"silo {i}: {line}");
        }
        Http.Dispose();
        await _fixture.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private void Remove(Node node)
    {
        lock (_gate) _nodes = [.. _nodes.Where(other => other != node)];
    }

    private sealed class Fixture : PostgresFixture
    {
        protected override bool IsMigrated => false;
    }
}

/// <summary>A silo that answers HTTP.</summary>
internal sealed record Node(int Index, ServerProcess Process, Uri Address);
