using GrainAnalytics.Core.Sites;
using GrainAnalytics.Grains.Contracts;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Runtime.Services;

namespace GrainAnalytics.Grains.Sites;

/// <summary>Has this silo's memory of sites and keys forget one that was changed.</summary>
[Reentrant]
internal sealed class SiteService(GrainId id, Silo silo, ILoggerFactory logs, ISiteCache cache) : GrainService(id, silo, logs), ISiteService
{
    public Task ForgetAsync(int siteId)
    {
        cache.Forget(siteId);
        return Task.CompletedTask;
    }
}

/// <summary>Finds the ear of a silo.</summary>
internal sealed class SiteServiceClient(IServiceProvider services) : GrainServiceClient<ISiteService>(services)
{
    public ISiteService At(SiloAddress silo) => GetGrainService(silo);
}
