using Orleans.Services;

namespace GrainAnalytics.Grains.Contracts;

/// <summary>Each silo's ear for changes of sites.</summary>
[Alias("ga.site-service")]
public interface ISiteService : IGrainService
{
    /// <summary>Makes the silo forget what it remembers of a site and its keys.</summary>
    [Alias("forget.v1")]
    Task ForgetAsync(int siteId);
}
