using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Spool;
using GrainAnalytics.Core.Writing;

namespace GrainAnalytics.Web.Hosting;

/// <summary>Delivers the spool beside the server, and tells the other processes of its backlog.</summary>
internal sealed class SpoolService(SpoolDrainer drainer, EventSpool spool, IStoreKeeper keeper, ISiteCache sites, StoreHealth health, TimeProvider time,
    ILogger<SpoolService> log, IServiceProvider services) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200), Announce = TimeSpan.FromSeconds(1), Remember = TimeSpan.FromMinutes(1);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(DeliverAsync(stoppingToken), RememberKeysAsync(stoppingToken), services.GetService<ISpoolPeers>() is { } peers ? AnnounceAsync(peers, stoppingToken) : Task.CompletedTask);

    private async Task DeliverAsync(CancellationToken cancel)
    {
        while (!keeper.IsReady) await Task.Delay(Look, time, cancel);
        await drainer.RunAsync(cancel);
    }

    // Whoever sends for the first time while the database is away is to be known then.
    private async Task RememberKeysAsync(CancellationToken cancel)
    {
        while (!keeper.IsReady) await Task.Delay(Look, time, cancel);
        using var timer = new PeriodicTimer(Remember, time);
        do
        {
            try
            {
                if (!health.IsAway) await sites.RememberAsync(cancel);
            }
            catch (EventStoreException)
            {
                health.Doubt();     // tried again in a minute
            }
            catch (Exception e) when (!cancel.IsCancellationRequested)
            {
                log.BackgroundBroke(e);
            }
        }
        while (await timer.WaitForNextTickAsync(cancel));
    }

    private async Task AnnounceAsync(ISpoolPeers peers, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(Announce, time);
        do
        {
            try
            {
                if (spool.HasBacklog) await peers.AnnounceAsync(cancel);
            }
            catch (Exception e) when (!cancel.IsCancellationRequested)
            {
                log.BackgroundBroke(e);     // the next announcement is due in a second
            }
        }
        while (await timer.WaitForNextTickAsync(cancel));
    }
}

/// <summary>Asks the database for a sign of life while there is doubt.</summary>
internal sealed class HealthProbeService(StoreHealth health, IStoreKeeper keeper, IAnalyticsEngine engine, ILogger<HealthProbeService> log) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (engine.Spool is null) log.NoSpool();
        return health.RunAsync(keeper.PingAsync, stoppingToken);
    }
}
