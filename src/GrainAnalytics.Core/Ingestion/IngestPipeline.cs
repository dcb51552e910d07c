using GrainAnalytics.Core.DeadLetters;
using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Sites;

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

    /// <summary>Puts the steps in order; this list is the whole way.</summary>
    /// <param name="sites">Whose keys are known.</param>
    /// <param name="engine">Where events go.</param>
    /// <param name="metrics">What is counted.</param>
    /// <param name="letters">Takes what was rejected of accepted requests; null: nobody does.</param>
    public IngestPipeline(ISiteDirectory sites, IAnalyticsEngine engine, IngestMetrics metrics, Letterbox? letters = null)
    {
        (_metrics, _letters) = (metrics, letters);
        _steps =
        [
            new AuthenticateStep(sites),    // whose is it?         401 missing-key, unknown-key
            new AdmitStep(engine),          // is there room?       503 buffer-full, shutting-down
            new ReadStep(),                 // all of it? by whom?  400 incomplete-body · 401 invalid-signature · 413 body-too-large · 415
            new ParseStep(),                // what does it say?    400 malformed-body, no-events · 413 too-many-events
            new ValidateStep(),             // may it be stored?    a refusal a row
            new NormalizeStep(),            // ids, times, bytes    400 nothing-valid
            new DeliverStep(engine, metrics),   // stored?              503 store-unavailable · a verdict a row
        ];
        _stepsAgain = [new AdmitStep(engine), new ParseRowStep(), .. _steps.SkipWhile(step => step is not ParseStep).Skip(1)];
    }

    /// <summary>Runs the steps until one refuses the request.</summary>
    /// <returns>Accepted when every row has its verdict in the context, else why the request was refused.</returns>
    public ValueTask<IngestOutcome> RunAsync(IngestContext context, CancellationToken cancel) => RunAsync(_steps, context, isAgain: false, cancel);

    /// <summary>Runs a row that was rejected once more; its site is in the context already. It is not counted as received and
    /// leaves no dead letter as a row.</summary>
    internal ValueTask<IngestOutcome> RunAgainAsync(IngestContext context, CancellationToken cancel) => RunAsync(_stepsAgain, context, isAgain: true, cancel);

    private async ValueTask<IngestOutcome> RunAsync(IIngestStep[] steps, IngestContext context, bool isAgain, CancellationToken cancel)
    {
        var outcome = IngestOutcome.Accepted;
        foreach (var step in steps)
        {
            var running = step.RunAsync(context, cancel);
            outcome = running.IsCompletedSuccessfully ? running.Result : await running.ConfigureAwait(false);
            if (outcome != IngestOutcome.Accepted) break;
        }
        if (isAgain) return outcome;
        _metrics.Record(context, outcome);
        if (outcome == IngestOutcome.Accepted && context.Errors.Count > 0) _letters?.Take(context);
        return outcome;
    }
}
