using GrainAnalytics.Core.Engine;
using GrainAnalytics.Grains.Engine;

namespace GrainAnalytics.Silo;

/// <summary>Between "not ready" and the end of listening: answers on while balancers notice.</summary>
internal sealed class DrainService(ClusterSettings settings, IAnalyticsEngine engine, TimeProvider time) : IHostedLifecycleService
{
    // By now /health/ready says that the server stops; no service has been stopped yet.
    public Task StoppingAsync(CancellationToken cancellationToken) =>
        settings.IsFront && engine.Silos > 1 ? Task.Delay(settings.DrainDelay, time, cancellationToken) : Task.CompletedTask;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
