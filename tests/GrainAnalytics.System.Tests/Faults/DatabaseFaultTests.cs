using GrainAnalytics.System.Tests.Support;
using Xunit.Abstractions;

namespace GrainAnalytics.System.Tests.Faults;

/// <summary>A database that is killed, stopped or stalled.</summary>
[Collection(FaultCollection.Name)]
public sealed class DatabaseFaultTests(PrivatePostgres postgres, ITestOutputHelper output)
{
    [Fact]
    public async Task Kill_9_of_PostgreSQL_loses_and_doubles_nothing()
    {
        await using var scenario = await Scenario.StartAsync("kill -9 of PostgreSQL", postgres, output);
        var rounds = Size.Rounds(2, 30);
        for (var round = 0; round < rounds; round++)
        {
            await scenario.SomeTimeAsync();
            await postgres.KillAsync();
            await postgres.StartAsync();
            await scenario.RecoverAsync();
        }
        await scenario.CountAsync(rounds);
    }

    [Fact]
    public async Task Kill_9_of_a_process_of_PostgreSQL_loses_and_doubles_nothing()
    {
        await using var scenario = await Scenario.StartAsync("kill -9 of a PostgreSQL backend", postgres, output);
        var rounds = Size.Rounds(3, 30);
        for (var round = 0; round < rounds; round++)
        {
            await scenario.SomeTimeAsync();
            await postgres.KillBackendAsync(scenario.Database, scenario.Random);
            await scenario.RecoverAsync();
        }
        await scenario.CountAsync(rounds);
    }

    [Fact]
    public async Task While_PostgreSQL_is_stopped_events_are_acknowledged_from_the_spool_and_delivered_later()
    {
        var length = Size.Seconds(8, 60);
        await using var scenario = await Scenario.StartAsync($"PostgreSQL stopped for {length.TotalSeconds} s", postgres, output);
        await scenario.SomeTimeAsync();
        await postgres.StopAsync();
        await scenario.OutageAsync(length);
        await postgres.StartAsync();
        await scenario.RecoverAsync();
        await scenario.CountAsync(1);
    }

    [Fact]
    public async Task While_PostgreSQL_is_stalled_events_are_acknowledged_from_the_spool_and_delivered_later()
    {
        var length = Size.Seconds(8, 60);
        await using var scenario = await Scenario.StartAsync($"PostgreSQL stalled (SIGSTOP) for {length.TotalSeconds} s", postgres, output);
        await scenario.SomeTimeAsync();
        await postgres.FreezeAsync();
        try
        {
            await scenario.OutageAsync(length);
        }
        finally
        {
            await postgres.ThawAsync();
        }
        await scenario.RecoverAsync();
        await scenario.CountAsync(1);
    }
}
