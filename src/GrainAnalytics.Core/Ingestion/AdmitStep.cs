using GrainAnalytics.Core.Engine;

namespace GrainAnalytics.Core.Ingestion;

/// <summary>Refuses early, before any work is spent on parsing, when the backlog is full or the server stops.</summary>
internal sealed class AdmitStep(IAnalyticsEngine engine) : IIngestStep
{
    // Just after an outage a write that hung through all of it makes the wait look that long, and nobody shall stay away for it.
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(5);

    public ValueTask<IngestOutcome> RunAsync(IngestContext context, CancellationToken cancel)
    {
        var buffer = engine.Buffer;
        if (buffer.IsStopping) return new(IngestOutcome.ShuttingDown);
        // While the store is away events go to the spool, whatever waits in the buffer.
        if (!buffer.StoreAnswers && engine.Spool is { } spool) return new(spool.IsFull ? IngestOutcome.SpoolFull : IngestOutcome.Accepted);
        return new(buffer.Waiting >= buffer.EmergencyThreshold ? IngestOutcome.BufferFull
            : buffer.StoreAnswers && buffer.ExpectedWait > context.Options.MaxWait ? context.RefuseFor(Sooner(buffer.ExpectedWait), IngestOutcome.Overloaded)
            : IngestOutcome.Accepted);
    }

    private static TimeSpan Sooner(TimeSpan wait) => wait < LongestRetry ? wait : LongestRetry;
}
