using System.Net;
using System.Net.Sockets;
using GrainAnalytics.Silo.Tests.Support;
using GrainAnalytics.Testing;
using Xunit.Abstractions;

namespace GrainAnalytics.Silo.Tests;

/// <summary>What operators set in section Cluster.</summary>
public sealed class SettingsTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_silo_without_HTTP_joins_and_does_its_share()
    {
        await using var cluster = await Cluster.StartAsync(1, output);
        var back = cluster.StartProcess(1, ("Cluster__Roles", "back"));
        await cluster.UntilSilosAsync(2);
        var front = cluster.Nodes[0];
        await SendAndLookUpAsync(cluster, front, "both");
        // Each silo's writers have counter rows of their own, 16 numbers a silo.
        Assert.Equal(2, await cluster.Database.ScalarAsync<long>("select count(distinct shard / 16) from event_hourly"));
        Assert.DoesNotContain(back.Log, line => line.Contains("listening", StringComparison.OrdinalIgnoreCase));

        Assert.Equal(0, await back.TerminateAsync());
        await cluster.UntilSilosAsync(1);
        await SendAndLookUpAsync(cluster, front, "front");
        await Recount.AssertExactAsync(cluster.Database.Database, Cluster.Site);
    }

    [Theory]
    [InlineData("Cluster__AdvertisedAddress", "x", "Cluster:AdvertisedAddress")]
    [InlineData("Cluster__Roles", "nonsense", "Cluster:Roles")]
    [InlineData("Cluster__SiloPort", "70000", "SiloPort")]
    [InlineData("Cluster__GatewayPort", "eleven", "Cluster:GatewayPort")]
    [InlineData("Cluster__SiloIndex", "first", "Cluster:SiloIndex")]
    [InlineData("Cluster__ProbeTimeout", "soon", "Cluster:ProbeTimeout")]
    [InlineData("Engine__IdleAfter", "soon", "Engine:IdleAfter")]
    public async Task A_bad_setting_stops_the_start_and_is_named(string name, string value, string named)
    {
        // No database: a bad setting is found before anything is asked.
        using var process = SiloProgram.Start([new("ConnectionStrings__Postgres", "Host=127.0.0.1;Port=1"), new(name, value)]);
        Assert.Equal(1, await process.ExitAsync());
        Assert.Contains(named, Assert.Single(process.Log), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SiloPort", "GatewayPort")]
    [InlineData("GatewayPort", "SiloPort")]
    public async Task A_port_that_another_program_has_stops_the_start_and_is_named(string taken, string other)
    {
        using var holder = new TcpListener(IPAddress.Loopback, 0);
        holder.Start();
        var port = ((IPEndPoint)holder.LocalEndpoint).Port;
        using var process = SiloProgram.Start(
        [
            new("ConnectionStrings__Postgres", "Host=127.0.0.1;Port=1"), new("Cluster__AdvertisedAddress", "127.0.0.1"),
            new($"Cluster__{taken}", $"{port}"), new($"Cluster__{other}", "0"),
        ]);
        Assert.Equal(1, await process.ExitAsync());
        Assert.StartsWith($"Cluster:{taken} {port} is in use", Assert.Single(process.Log), StringComparison.Ordinal);
    }

    private static Task SendAndLookUpAsync(Cluster cluster, Node node, string prefix) =>
        Parallel.ForEachAsync(Enumerable.Range(0, 200), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
        {
            using var answer = await cluster.PostAsync(node, $$"""{"eventId":"{{prefix}}-{{i}}","type":"t","userId":"{{prefix}}-user-{{i}}"}""");
            Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
            var journey = await cluster.GetAsync(node, $"/v1/users/{prefix}-user-{i}/journey");
            Assert.Equal($"{prefix}-{i}", (string?)Assert.Single(journey["events"]!.AsArray())!["eventId"]);
        });
}
