namespace GrainAnalytics.Silo.Tests.Support;

/// <summary>Follows readiness as a balancer does: asks every node five times a second, and names those that were ready.</summary>
internal sealed class Balancer : IAsyncDisposable
{
    private readonly CancellationTokenSource _over = new();
    private readonly Task _loop;
    private volatile Node[] _ready = [];

    private Balancer(Cluster cluster) => _loop = Task.Run(async () =>
    {
        using var soon = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (!_over.IsCancellationRequested)
        {
            await LookAsync(cluster);
            await soon.WaitForNextTickAsync();
        }
    });

    /// <summary>Nodes that were ready at the last look.</summary>
    public IReadOnlyList<Node> Ready => _ready;

    public static async Task<Balancer> StartAsync(Cluster cluster)
    {
        var balancer = new Balancer(cluster);
        await balancer.LookAsync(cluster);
        return balancer;
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _loop;
        _over.Dispose();
    }

    private async Task LookAsync(Cluster cluster)
    {
        var nodes = cluster.Nodes;
        var ready = await Task.WhenAll(nodes.Select(cluster.IsReadyAsync));
        _ready = [.. nodes.Where((_, i) => ready[i])];
    }
}
