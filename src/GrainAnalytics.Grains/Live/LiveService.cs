using GrainAnalytics.Grains.Contracts;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Runtime.Services;

namespace GrainAnalytics.Grains.Live;

/// <summary>Notes which sites are watched, for this silo's collector.</summary>
[Reentrant]
internal sealed class LiveService(GrainId id, Silo silo, ILoggerFactory logs, ClusterLive live) : GrainService(id, silo, logs), ILiveService
{
    public Task WatchAsync(int siteId)
    {
        live.Watch(siteId);
        return Task.CompletedTask;
    }

    public Task ShowAsync(LiveViewWire view)
    {
        live.Deliver(view.ToView());
        return Task.CompletedTask;
    }
}

/// <summary>Finds the ear of a silo.</summary>
internal sealed class LiveServiceClient(IServiceProvider services) : GrainServiceClient<ILiveService>(services)
{
    public ILiveService At(SiloAddress silo) => GetGrainService(silo);
}
