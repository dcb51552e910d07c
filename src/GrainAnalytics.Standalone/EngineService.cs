using GrainAnalytics.Core.Engine;

namespace GrainAnalytics.Standalone;

/// <summary>Drains the engine when the server stops: after the last request, before the process ends.</summary>
internal sealed class EngineService(SingleNodeEngine engine) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => engine.StopAsync(cancellationToken);
}
