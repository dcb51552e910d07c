using GrainAnalytics.System.Tests.Support;
using Xunit.Abstractions;

namespace GrainAnalytics.System.Tests.Faults;

/// <summary>The network between servers and database.</summary>
[Collection(FaultCollection.Name)]
public sealed class NetworkFaultTests(PrivatePostgres postgres, ITestOutputHelper output)
{
    [Fact]
    public async Task Reset_connections_to_the_database_lose_and_double_nothing()
    {
        var length = Size.Seconds(6, 60);
        await using var scenario = await Scenario.StartAsync($"connections to PostgreSQL reset for {length.TotalSeconds} s", postgres, output, isProxied: true);
        await scenario.SomeTimeAsync();
        scenario.Network!.Cut();
        await scenario.OutageAsync(length);
        scenario.Network.Restore();
        await scenario.RecoverAsync();
        await scenario.CountAsync(1);
    }

    [Fact]
    public async Task Connections_to_the_database_that_break_for_a_moment_lose_and_double_nothing()
    {
        await using var scenario = await Scenario.StartAsync("connections to PostgreSQL broken for a moment", postgres, output, isProxied: true);
        var rounds = Size.Rounds(5, 100);
        for (var round = 0; round < rounds; round++)
        {
            await scenario.SomeTimeAsync();
            scenario.Network!.Cut();
            scenario.Network.Restore();
        }
        await scenario.RecoverAsync();
        await scenario.CountAsync(rounds);
    }

    [Fact]
    public async Task Packets_to_and_from_the_database_that_vanish_lose_and_double_nothing()
    {
        var length = Size.Seconds(8, 60);
        await using var scenario = await Scenario.StartAsync($"packets to PostgreSQL lost for {length.TotalSeconds} s", postgres, output, isProxied: true);
        await scenario.SomeTimeAsync();
        scenario.Network!.Swallow();
        await scenario.OutageAsync(length);
        scenario.Network.Restore();
        await scenario.RecoverAsync();
        await scenario.CountAsync(1);
    }
}
