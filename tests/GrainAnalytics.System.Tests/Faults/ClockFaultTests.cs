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
        await using var scenario = await Scenario.StartAsync("clock jumps by hours", postgres, output, settings: clock.Settings);
        var rounds = Size.Rounds(3, 30);
        for (var round = 0; round < rounds; round++)
        {
            await scenario.SomeTimeAsync();
            // Less than a day back: beyond that, events of senders with a right clock are refused, and rightly so.
            var offset = TimeSpan.FromHours(round % 2 == 0 ? scenario.Random.Next(1, 49) : -scenario.Random.Next(1, 24));
            clock.Set(offset);
            await Wait.UntilAsync(async () => Math.Abs((await TimeAsync(scenario) - DateTimeOffset.UtcNow - offset).TotalMinutes) < 1, $"a server whose clock is moved by {offset}");
        }
        await scenario.SomeTimeAsync();
        clock.Set(TimeSpan.Zero);
        await scenario.RecoverAsync();
        await scenario.CountAsync(rounds);
    }

    private static async Task<DateTimeOffset> TimeAsync(Scenario scenario)
    {
        using var answer = await scenario.Servers.Http.GetAsync(new Uri(scenario.Servers.Addresses[0], "/health/live"));
        return answer.Headers.Date!.Value;
    }
}
