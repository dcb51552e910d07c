using GrainAnalytics.Core.Limits;
using GrainAnalytics.Core.Quotas;

namespace GrainAnalytics.Core.Ingestion;

/// <summary>Refuses, before the body is read, who is known to have used up a limit.</summary>
internal sealed class LimitStep(RateLimits? limits, QuotaGate? quotas) : IIngestStep
{
    public ValueTask<IngestOutcome> RunAsync(IngestContext context, CancellationToken cancel)
    {
        if (limits?.TakeEvents(context.Credential!, 0) is { } limit) return new(context.RefuseBy(limit, IngestOutcome.KeyRateLimited));
        var site = context.Access!.Site;
        if (site.Quota.IsLimited && quotas?.Refusal(site) is { } refusal) return new(context.RefuseBy(refusal, IngestOutcome.QuotaExceeded));
        return new(IngestOutcome.Accepted);
    }
}
