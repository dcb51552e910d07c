using GrainAnalytics.Silo.Tests.Support;
using GrainAnalytics.Testing;
using Xunit.Abstractions;

namespace GrainAnalytics.Silo.Tests;

/// <summary>Silos that come and go as an operator wants it.</summary>
public sealed class ScalingTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_rolling_restart_under_load_fails_no_request_of_clients_that_follow_readiness()
    {
        var seed = Seed.Choose(output.WriteLine);
        await using var cluster = await Cluster.StartAsync(3, output);
        await using var balancer = await Balancer.StartAsync(cluster);
        using var over = new CancellationTokenSource();
        var load = new Load(cluster, seed);
        var clients = load.RunAsync(singles: 12, batches: 2, () => balancer.Ready, over.Token);
        foreach (var node in cluster.Nodes)
        {
            Assert.Equal(0, await cluster.TerminateAsync(node));
            var again = await cluster.StartNodeAsync(node.Index);
            await Wait.UntilAsync(() => balancer.Ready.Contains(again), $"silo {node.Index} to be used again");
        }
        await over.CancelAsync();
        await clients;
        output.WriteLine($"{load}");

        Assert.Equal(["202"], load.Posts.Keys);
        Assert.Equal(["200"], load.Lookups.Keys);
        Assert.Empty(load.Misses);
        await load.AssertStoredOnceAsync();
        foreach (var node in cluster.Nodes) Assert.Equal(0, await cluster.TerminateAsync(node));
    }

    [Fact]
    public async Task Silos_that_join_and_leave_move_users_and_every_lookup_stays_right()
    {
        var seed = Seed.Choose(output.WriteLine);
        await using var cluster = await Cluster.StartAsync(1, output);
        await using var balancer = await Balancer.StartAsync(cluster);
        using var over = new CancellationTokenSource();
        var load = new Load(cluster, seed);
        var clients = load.RunAsync(singles: 8, batches: 1, () => balancer.Ready, over.Token);
        var first = cluster.Nodes[0];
        var second = await cluster.StartNodeAsync(1);
        await cluster.UntilSilosAsync(2);
        await cluster.StartNodeAsync(2);
        await cluster.UntilSilosAsync(3);
        Assert.Equal(0, await cluster.TerminateAsync(first));
        await cluster.UntilSilosAsync(2);
        await cluster.KillAsync(second);
        await cluster.UntilSilosAsync(1);
        await over.CancelAsync();
        await clients;
        output.WriteLine($"{load}");

        Assert.Empty(load.Misses);
        await load.AssertStoredOnceAsync();
    }
}
