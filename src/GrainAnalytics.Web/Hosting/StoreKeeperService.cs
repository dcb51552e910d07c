using GrainAnalytics.Core.Engine;

namespace GrainAnalytics.Web.Hosting;

/// <summary>Runs the store keeper beside the server.</summary>
internal sealed class StoreKeeperService(IStoreKeeper keeper) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => keeper.RunAsync(stoppingToken);
}
