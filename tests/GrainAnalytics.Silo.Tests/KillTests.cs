using GrainAnalytics.Silo.Tests.Support;
using GrainAnalytics.Testing;
using Xunit.Abstractions;

namespace GrainAnalytics.Silo.Tests;

/// <summary>kill -9 of silos under load.</summary>
public sealed class KillTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Kill_9_of_a_silo_under_load_loses_and_doubles_nothing_and_nobody_waits_for_more_than_5_seconds()
    {
        var seed = Seed.Choose(output.WriteLine);
        var random = new Random(seed);
        await using var cluster = await Cluster.StartAsync(3, output);
        using var over = new CancellationTokenSource();
        var load = new Load(cluster, seed);
        var clients = load.RunAsync(singles: 12, batches: 4, () => cluster.Nodes, over.Token);
        for (var round = 0; round < 2; round++)
        {
            await AcknowledgedAsync(load, 500);
            var victim = cluster.Nodes[random.Next(3)];
            await cluster.KillAsync(victim);
            await AcknowledgedAsync(load, random.Next(50, 500));
            await cluster.StartNodeAsync(victim.Index);
        }
        await AcknowledgedAsync(load, 500);
        await over.CancelAsync();
        await clients;
        output.WriteLine($"{load}");

        await load.AssertStoredOnceAsync();
        Assert.Empty(load.Misses);
        Assert.Empty(load.Posts.Keys.Except(["202", "503", "no connection"]));
        Assert.Empty(load.Lookups.Keys.Except(["200", "503", "no connection"]));
        Assert.InRange(load.LongestAnswer, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        await cluster.UntilSilosAsync(3);
    }

    private static Task AcknowledgedAsync(Load load, int more)
    {
        var enough = load.Acknowledged + more;
        return Wait.UntilAsync(() => load.Acknowledged >= enough, $"{more} more acknowledged events");
    }
}
