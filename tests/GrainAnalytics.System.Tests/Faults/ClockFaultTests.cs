using GrainAnalytics.System.Tests.Support;
using GrainAnalytics.Testing;
using Xunit.Abstractions;

namespace GrainAnalytics.System.Tests.Faults;

/// <summary>Clocks that are set while servers run.</summary>
[Collection(FaultCollection.Name)]
public sealed class ClockFaultTests(PrivatePostgres postgres, ITestOutputHelper output)
{
    [FakeTimeFact]
    public async Task A_clock_that_jumps_loses_and_doubles_nothing()
    {
        using var clock = new FakeTime();
        await using var scenario = await Scenario.StartAsync("clock of a server jumps by hours", postgres, output, settings: server => server == 0 ? clock.Settings : []);
        var rounds = Size.Rounds(2, 20);
        var latest = TimeSpan.Zero;
        for (var round = 0; round <= rounds; round++)
        {
            await scenario.SomeTimeAsync();
            var offset = TimeSpan.FromHours(round == rounds ? 0 : round % 2 == 0 ? scenario.Random.Next(1, 49) : HoursBack(scenario.Random));
            clock.Set(offset);
            if (Target.Chosen.IsCluster && offset < latest)
            {
                // Orleans cannot go on, so the silo ends; whoever supervises it starts it again.
                Assert.Equal(1, await scenario.Servers.ExitAsync(0));
                scenario.Servers.Start(0);
                latest = offset;
            }
            else if (offset > latest) latest = offset;
            await scenario.RecoverAsync();
            await Wait.UntilAsync(async () => Math.Abs((await TimeAsync(scenario) - DateTimeOffset.UtcNow - offset).TotalMinutes) < 1, $"a server whose clock is moved by {offset}", Servers.Patience);
        }
        await scenario.CountAsync(rounds);
    }

    // Less than a day: beyond that, events of senders with a right clock are refused, and rightly so. A silo that was started in
    // the future of its own clock cannot join a cluster again at the same address (docs/reliability.md); it gets the right time.
    private static int HoursBack(Random random) => Target.Chosen.IsCluster ? 0 : -random.Next(1, 24);

    private static async Task<DateTimeOffset> TimeAsync(Scenario scenario)
    {
        using var answer = await scenario.Servers.Http.GetAsync(new Uri(scenario.Servers.Addresses[0], "/health/live"));
        return answer.Headers.Date!.Value;
    }
}
