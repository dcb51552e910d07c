using GrainAnalytics.Grains.Contracts;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Runtime.Services;

namespace GrainAnalytics.Grains.Users;

/// <summary>The silo's door for other silos' events.</summary>
[Reentrant]
internal sealed class AppendService(GrainId id, Silo silo, ILoggerFactory logs, AppendDispatcher dispatcher)
    : GrainService(id, silo, logs), IAppendService
{
    public Task<AppendReply> AppendAsync(int siteId, EventList events) => dispatcher.AppendAsync(siteId, events.Events);
}

/// <summary>Finds the door of a silo.</summary>
internal sealed class AppendServiceClient(IServiceProvider services) : GrainServiceClient<IAppendService>(services)
{
    public IAppendService At(SiloAddress silo) => GetGrainService(silo);
}
