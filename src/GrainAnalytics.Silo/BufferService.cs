using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Writing;

namespace GrainAnalytics.Silo;

/// <summary>Before the silo starts: waits until the database has the tables it needs and no silo in them that is gone. After it stopped: writes what waits.</summary>
internal sealed class BufferService(IStoreKeeper keeper, SiloUndertaker undertaker, IServiceProvider services, IHostApplicationLifetime lifetime) : IHostedService
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        while (!keeper.IsReady) await Task.Delay(Look, either.Token);
        await undertaker.RunAsync(either.Token);
    }

    // Asked for only now: the buffer's writers open connections.
    public Task StopAsync(CancellationToken cancellationToken) => services.GetRequiredService<WriteBuffer>().StopAsync(cancellationToken);
}
