using System.Net;
using GrainAnalytics.System.Tests.Support;
using GrainAnalytics.Testing;
using Xunit.Abstractions;

namespace GrainAnalytics.System.Tests.Faults;

/// <summary>A spool without room.</summary>
[Collection(FaultCollection.Name)]
public sealed class SpoolFaultTests(PrivatePostgres postgres, ITestOutputHelper output)
{
    private const int Filler = 20_000;      // bytes

    [SmallDiskFact]
    public async Task A_full_disk_is_said_with_503_and_what_was_acknowledged_before_is_delivered()
    {
        await using var disk = await SmallDisk.MountAsync(2);
        await using var scenario = await Scenario.StartAsync("disk of the spool full", postgres, output, settings: server => [("Spool__Path", Path.Combine(disk.Path, $"spool-{server}"))]);
        var rounds = Size.Rounds(1, 5);
        for (var round = 0; round < rounds; round++)
        {
            await scenario.SomeTimeAsync();
            await postgres.StopAsync();
            var id = $"{Guid.NewGuid()}";
            try
            {
                // Larger events than those of the load, so that there is no room for them soon, and for those a little later.
                await Wait.UntilAsync(async () =>
                {
                    var (status, problem, hasRetryAfter) = await scenario.SendAsync(0, id, "filler", Filler);
                    if (status == HttpStatusCode.Accepted) id = $"{Guid.NewGuid()}";
                    else Assert.Equal((HttpStatusCode.ServiceUnavailable, true), (status, hasRetryAfter));
                    return problem == "spool-full";
                }, "503 spool-full", Servers.Patience);
                await scenario.Traffic.RefusedAsync(50);
                Assert.Equal(HttpStatusCode.OK, await scenario.Servers.StatusAsync(0, "/health/live"));
            }
            finally
            {
                await postgres.StartAsync();
            }
            await scenario.RecoverAsync();
            // Refused for want of room, and before that perhaps for want of time, by when it may have been on its way: until it is
            // acknowledged nobody knows whether it is among those that are counted.
            await scenario.SendUntilAcceptedAsync(0, id, "filler", Filler);
        }
        await scenario.CountAsync(rounds);
    }
}
