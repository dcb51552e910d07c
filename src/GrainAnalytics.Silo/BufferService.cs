using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.Grains.Engine;
using GrainAnalytics.Web.Hosting;

namespace GrainAnalytics.Silo;

/// <summary>Before the silo starts: waits until the database has the tables it needs and no silo in them that is gone; somebody
/// answers clients meanwhile. After it stopped: writes what waits.</summary>
internal sealed class BufferService(IStoreKeeper keeper, SiloUndertaker undertaker, WaitingRoom room, ClusterSettings settings, IServiceProvider services,
    IHostApplicationLifetime lifetime) : IHostedService
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        if (settings.IsFront) await room.OpenAsync(either.Token);
        while (!keeper.IsReady) await Task.Delay(Look, either.Token);
        await undertaker.RunAsync(either.Token);
    }

    // Asked for only now: the buffer's writers open connections.
    public Task StopAsync(CancellationToken cancellationToken) => services.GetRequiredService<WriteBuffer>().StopAsync(cancellationToken);
}

/// <summary>After the silo joined, just before the web server listens: gives it the addresses.</summary>
internal sealed class RoomService(WaitingRoom room) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken) => await room.DisposeAsync();

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
