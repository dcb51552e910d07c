using GrainAnalytics.Core.Engine;

namespace GrainAnalytics.Silo;

/// <summary>Ends the silo when the machine's clock was set far back, so that it is started again.</summary>
/// <remarks>Orleans plans by the machine's clock when it lets go of idle grains, and never for a time that it has been at already:
/// until the clock is there again, every new activation fails ("The earliest collection that can be scheduled …"), and with it
/// the requests of users that are not in memory. Only a new process forgets the time that is still to come.</remarks>
internal sealed class ClockGuard(TimeProvider time, EngineOptions engine, IHostApplicationLifetime lifetime, ILogger<ClockGuard> log) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var latest = time.GetUtcNow();
        using var timer = new PeriodicTimer(Look, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var now = time.GetUtcNow();
            // Half of what Orleans stands: it plans an idle time ahead, in steps.
            if (latest - now > engine.IdleAfter / 2)
            {
                log.ClockSetBack(latest - now);
                Environment.ExitCode = 1;
                lifetime.StopApplication();
                return;
            }
            if (now > latest) latest = now;
        }
    }
}
