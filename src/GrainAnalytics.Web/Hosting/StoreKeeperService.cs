using GrainAnalytics.Core.Engine;

namespace GrainAnalytics.Web.Hosting;

/// <summary>Runs the store keeper beside the server, and stops the server when the store can never become ready.</summary>
internal sealed class StoreKeeperService(IStoreKeeper keeper, IHostApplicationLifetime lifetime, ILogger<StoreKeeperService> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await keeper.RunAsync(stoppingToken);
        }
        catch (InvalidOperationException e)
        {
            log.StoreUnusable(e.Message);
            Environment.ExitCode = 1;
            lifetime.StopApplication();
        }
    }
}
