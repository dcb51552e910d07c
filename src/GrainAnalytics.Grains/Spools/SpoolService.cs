using GrainAnalytics.Core.Spool;
using GrainAnalytics.Grains.Contracts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Runtime.Services;

namespace GrainAnalytics.Grains.Spools;

/// <summary>The silo's door to its spool; a silo without one has nothing in it.</summary>
[Reentrant]
internal sealed class SpoolService(GrainId id, Silo silo, ILoggerFactory logs, ClusterSpools spools, IServiceProvider services)
    : GrainService(id, silo, logs), ISpoolService
{
    private readonly EventSpool? _spool = services.GetService<EventSpool>();

    public Task AnnounceAsync(SiloAddress from)
    {
        spools.Heard(from);
        return Task.CompletedTask;
    }

    public Task ForgetAsync(int siteId, string[] userIds, long erasedAt)
    {
        _spool?.Forget(siteId, userIds, erasedAt);
        return Task.CompletedTask;
    }

    public Task<SpoolReply> ReadAsync(int siteId, string userId) =>
        Task.FromResult(_spool is null ? new SpoolReply(new EventList([]), true) : new SpoolReply(new EventList(_spool.Read(siteId, userId)), _spool.IsIndexed));
}

/// <summary>Finds the door of a silo.</summary>
internal sealed class SpoolServiceClient(IServiceProvider services) : GrainServiceClient<ISpoolService>(services)
{
    public ISpoolService At(SiloAddress silo) => GetGrainService(silo);
}
