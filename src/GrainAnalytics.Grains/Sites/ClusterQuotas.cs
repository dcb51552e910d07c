using GrainAnalytics.Core.Quotas;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.Grains.Contracts;
using GrainAnalytics.Grains.Engine;

namespace GrainAnalytics.Grains.Sites;

/// <summary>Asks a site's grain for leases.</summary>
internal sealed class ClusterQuotas(IGrainFactory grains) : IQuotaSource
{
    public async ValueTask<QuotaGrant> LeaseAsync(Site site, QuotaAsk ask, CancellationToken cancel)
    {
        try
        {
            // Once: the grain may have counted the ask although its answer was lost.
            var reply = await grains.GetGrain<ISiteGrain>(site.Id).LeaseAsync(SiteWire.Of(ask)).AsTask().WaitAsync(cancel).ConfigureAwait(false);
            return reply.Problem is null ? reply.ToGrant() : throw Away(reply.Problem, null);
        }
        catch (Exception e) when (Failures.IsTransient(e) && !cancel.IsCancellationRequested)
        {
            throw Away("The silo that holds the site does not answer.", e);
        }
    }

    private static EventStoreException Away(string why, Exception? inner) => new(StoreFailure.Away, isOutcomeUnknown: true, why, inner);
}
