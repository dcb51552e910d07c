using System.Net;
using GrainAnalytics.Cli.Spool;
using GrainAnalytics.System.Tests.Support;
using Xunit.Abstractions;

namespace GrainAnalytics.System.Tests.Faults;

/// <summary>Servers that start at a bad moment.</summary>
[Collection(FaultCollection.Name)]
public sealed class StartTests(PrivatePostgres postgres, ITestOutputHelper output)
{
    [Fact]
    public async Task Servers_that_start_at_once_on_an_empty_database_share_it()
    {
        var rounds = Size.Rounds(1, 10);
        for (var round = 0; round < rounds; round++)
        {
            await using var scenario = await Scenario.PrepareAsync("two servers start at once on an empty database", postgres, output, servers: 2);
            scenario.Servers.Start(0);
            scenario.Servers.Start(1);
            await Task.WhenAll(scenario.Servers.UntilReadyAsync(0), scenario.Servers.UntilReadyAsync(1));
            await scenario.LoadAsync();
            await scenario.CountAsync(1);
        }
    }

    [Fact]
    public async Task A_server_that_starts_before_its_database_says_so_and_begins_when_it_is_there()
    {
        await using var scenario = await Scenario.PrepareAsync("server starts before PostgreSQL", postgres, output);
        await postgres.StopAsync();
        try
        {
            for (var i = 0; i < scenario.Servers.Addresses.Count; i++) await scenario.Servers.StartAsync(i);
            Assert.Equal(HttpStatusCode.OK, await scenario.Servers.StatusAsync(0, "/health/live"));
            Assert.Equal(HttpStatusCode.ServiceUnavailable, await scenario.Servers.StatusAsync(0, "/health/ready"));
            // Whether the key is good cannot be known yet: 503, and never the 401 that would make a sender throw events away.
            var (status, _, hasRetryAfter) = await scenario.SendAsync(0, "early", "early");
            Assert.Equal((HttpStatusCode.ServiceUnavailable, true), (status, hasRetryAfter));
            Assert.Equal(HttpStatusCode.ServiceUnavailable, await scenario.Servers.StatusAsync(0, "/v1/stats/dau"));
        }
        finally
        {
            await postgres.StartAsync();
        }
        await scenario.RecoverAsync();
        await scenario.LoadAsync();
        await scenario.CountAsync(1);
    }

    [Fact]
    public async Task A_server_that_is_killed_with_events_in_its_spool_delivers_them_after_its_restart()
    {
        await using var scenario = await Scenario.StartAsync("kill -9 of a server while PostgreSQL is stopped", postgres, output);
        var rounds = Size.Rounds(1, 10);
        for (var round = 0; round < rounds; round++)
        {
            await scenario.SomeTimeAsync();
            await postgres.StopAsync();
            try
            {
                await scenario.OutageAsync(TimeSpan.Zero);
                for (var i = 0; i < scenario.Servers.Addresses.Count; i++)
                {
                    await scenario.Servers.KillAsync(i);
                    await scenario.Servers.StartAsync(i);
                    Assert.Equal(HttpStatusCode.OK, await scenario.Servers.StatusAsync(i, "/health/live"));
                }
            }
            finally
            {
                await postgres.StartAsync();
            }
            await scenario.RecoverAsync();
        }
        await scenario.CountAsync(rounds);
    }

    [Fact]
    public async Task The_spool_of_a_server_that_is_gone_is_delivered_by_the_command_line()
    {
        await using var scenario = await Scenario.StartAsync("spool of a killed server replayed by hand", postgres, output);
        await postgres.StopAsync();
        try
        {
            await scenario.OutageAsync(TimeSpan.Zero);
            for (var i = 0; i < scenario.Servers.Addresses.Count; i++) await scenario.Servers.KillAsync(i);
        }
        finally
        {
            await postgres.StartAsync();
        }
        for (var i = 0; i < scenario.Servers.Addresses.Count; i++)
        {
            var spool = new ReplaySettings(Path.Combine(scenario.Servers.DataOf(i), "spool"), scenario.Database, Keep: false, Servers.Patience);
            var replay = await new ReplayRun(spool).RunAsync((_, _) => { }, CancellationToken.None);
            output.WriteLine($"{replay}");
            Assert.True(replay.Events > 0);
            Assert.Equal((replay.Events, 0, 0, null), (replay.Stored + replay.Duplicates, replay.Left, replay.SetAside, replay.Problem));
            Assert.Empty(replay.Damaged);
            scenario.Servers.Start(i);
        }
        await scenario.RecoverAsync();
        await scenario.CountAsync(1);
    }
}
