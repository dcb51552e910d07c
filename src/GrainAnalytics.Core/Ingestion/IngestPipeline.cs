using GrainAnalytics.Core.DeadLetters;
using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Limits;
using GrainAnalytics.Core.Quotas;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Visitors;

namespace GrainAnalytics.Core.Ingestion;

/// <summary>One step of the pipeline.</summary>
public interface IIngestStep
{
    /// <summary>Does its part of the work on a request.</summary>
    /// <returns>Accepted when the next step shall follow; anything else ends the request with that outcome. Refusals of
    /// single rows are noted in the context and do not end it.</returns>
    ValueTask<IngestOutcome> RunAsync(IngestContext context, CancellationToken cancel);
}

/// <summary>The way of an event from the edge to its commit.</summary>
public sealed class IngestPipeline
{
    private readonly IIngestStep[] _steps, _stepsAgain;
    private readonly IngestMetrics _metrics;
    private readonly Letterbox? _letters;
    private readonly MeterStep _meter;
    private int _underWay;

    /// <summary>Puts the steps in order; this list is the whole way.</summary>
    /// <param name="sites">Whose keys are known.</param>
    /// <param name="engine">Where events go.</param>
    /// <param name="metrics">What is counted.</param>
    /// <param name="letters">Takes what was rejected of accepted requests; null: nobody does.</param>
    /// <param name="limits">What one key may send; null: anything.</param>
    /// <param name="quotas">What one site may send; null: anything.</param>
    /// <param name="salts">Keys of the days for naming visitors; null: nobody is named.</param>
    public IngestPipeline(ISiteDirectory sites, IAnalyticsEngine engine, IngestMetrics metrics, Letterbox? letters = null, RateLimits? limits = null,
        QuotaGate? quotas = null, IVisitorSalts? salts = null)
    {
        (_metrics, _letters, _meter) = (metrics, letters, new MeterStep(limits, quotas));
        _steps =
        [
            new AuthenticateStep(sites),    // whose is it?         401 missing-key, unknown-key
            new AdmitStep(engine),          // is there room?       503 buffer-full, overloaded, shutting-down
            new LimitStep(limits, quotas),  // may it send now?     429 key-rate-limited, quota-exceeded
            new ReadStep(),                 // all of it? by whom?  400 incomplete-body · 401 invalid-signature · 408 · 413 body-too-large · 415
            new ParseStep(),                // what does it say?    400 malformed-body, no-events · 413 too-many-events
            new ValidateStep(),             // may it be stored?    a refusal a row
            new VisitorStep(salts),         // who, if nobody?      503 store-unavailable · a refusal a row
            new EnrichStep(),               // where from? with what?
            new NormalizeStep(),            // ids, times, bytes    400 nothing-valid
            _meter,                         // may it send so many? 429 key-rate-limited, quota-exceeded
            new DeliverStep(engine, metrics),   // stored?              503 store-unavailable · a verdict a row
        ];
        _stepsAgain = [new AdmitStep(engine), new ParseRowStep(), .. _steps.SkipWhile(step => step is not ParseStep).Skip(1).Where(step => step != _meter)];
    }

    /// <summary>Runs the steps until one refuses the request.</summary>
    /// <returns>Accepted when every row has its verdict in the context, else why the request was refused.</returns>
    public ValueTask<IngestOutcome> RunAsync(IngestContext context, CancellationToken cancel) => RunAsync(_steps, context, isAgain: false, cancel);

    /// <summary>Runs a row that was rejected once more; its site is in the context already. It is not counted as received and
    /// leaves no dead letter as a row.</summary>
    internal ValueTask<IngestOutcome> RunAgainAsync(IngestContext context, CancellationToken cancel) => RunAsync(_stepsAgain, context, isAgain: true, cancel);

    private async ValueTask<IngestOutcome> RunAsync(IIngestStep[] steps, IngestContext context, bool isAgain, CancellationToken cancel)
    {
        var outcome = IngestOutcome.ServerBusy;
        try
        {
            if (Interlocked.Increment(ref _underWay) <= context.Options.MaxConcurrent)
                foreach (var step in steps)
                {
                    var running = step.RunAsync(context, cancel);
                    outcome = running.IsCompletedSuccessfully ? running.Result : await running.ConfigureAwait(false);
                    if (outcome != IngestOutcome.Accepted) break;
                }
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
        if (isAgain) return outcome;
        if (context.Metered > 0) _meter.Settle(context, outcome);
        _metrics.Record(context, outcome);
        if (context.Errors.Count > 0 && (outcome == IngestOutcome.Accepted || outcome == IngestOutcome.NothingValid && context.KeepsRejected))
            _letters?.Take(context);
        return outcome;
    }
}
