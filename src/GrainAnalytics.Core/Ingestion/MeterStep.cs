using GrainAnalytics.Core.Limits;
using GrainAnalytics.Core.Quotas;

namespace GrainAnalytics.Core.Ingestion;

/// <summary>Takes the request's valid events off its key's rate and its site's quota.</summary>
internal sealed class MeterStep(RateLimits? limits, QuotaGate? quotas) : IIngestStep
{
    public ValueTask<IngestOutcome> RunAsync(IngestContext context, CancellationToken cancel)
    {
        if (limits?.TakeEvents(context.Credential!, context.Valid) is { } limit) return new(context.RefuseBy(limit, IngestOutcome.KeyRateLimited));
        if (!context.Access!.Site.Quota.IsLimited || quotas is null) return new(IngestOutcome.Accepted);
        var taking = quotas.TakeAsync(context.Access.Site, context.Valid, cancel);
        return taking.IsCompletedSuccessfully ? new(Noted(context, taking.Result)) : new(WaitAsync(context, taking));
    }

    /// <summary>Gives back to the quota what was not stored by this request.</summary>
    /// <remarks>Not what was refused while under way: it may be stored yet, and then its repetition is the duplicate that comes back.
    /// The key's rate gets nothing back: a repetition costs the server about as much.</remarks>
    public void Settle(IngestContext context, IngestOutcome outcome)
    {
        var inVain = outcome switch
        {
            IngestOutcome.Accepted => context.Metered - context.Verdicts.Count(verdict => verdict is IngestOutcome.Stored or IngestOutcome.Spooled),
            IngestOutcome.BufferFull or IngestOutcome.ShuttingDown or IngestOutcome.NothingValid => context.Metered,
            _ => 0,
        };
        quotas!.Return(context.Access!.Site, inVain);
    }

    private async Task<IngestOutcome> WaitAsync(IngestContext context, ValueTask<LimitReport?> taking) => Noted(context, await taking.ConfigureAwait(false));

    private IngestOutcome Noted(IngestContext context, LimitReport? refusal)
    {
        if (refusal is null)
        {
            context.Metered = context.Valid;
            return IngestOutcome.Accepted;
        }
        limits?.ReturnEvents(context.Credential!, context.Valid);
        return context.RefuseBy(refusal, IngestOutcome.QuotaExceeded);
    }
}
