using GrainAnalytics.Grains.Engine;
using GrainAnalytics.Grains.Placement;
using Microsoft.Extensions.Logging;

namespace GrainAnalytics.Grains.Sites;

/// <summary>Tells all silos that a site was changed.</summary>
/// <remarks>One that cannot be told in time remembers the site for a minute at most, as does one whose death nobody has noticed.</remarks>
internal sealed class SiteAnnouncer(SiloView silos, SiteServiceClient services, TimeProvider time, ILogger<SiteAnnouncer> log)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private const int Attempts = 2;

    public Task AnnounceAsync(int siteId) => Task.WhenAll(silos.Active.Select(silo => TellAsync(silo, siteId)));

    private async Task TellAsync(SiloAddress silo, int siteId)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await services.At(silo).ForgetAsync(siteId).WaitAsync(Patience, time);
                return;
            }
            catch (Exception e) when (Failures.IsTransient(e))
            {
                if (attempt < Attempts) continue;
                log.ChangeNotTold(e, silo, siteId);
                return;
            }
        }
    }
}
