using System.Diagnostics.Metrics;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Ingestion;
using Microsoft.Extensions.DependencyInjection;

namespace GrainAnalytics.Fuzz.Targets;

/// <summary>The ingest pipeline in front of an engine that takes everything.</summary>
internal sealed class PipelineRun
{
    /// <summary>When requests arrive: in September 2026.</summary>
    public const long ReceivedAt = 1_790_000_000_123_456;

    private readonly TakingEngine _engine = new();
    private readonly IngestPipeline _pipeline;

    public PipelineRun()
    {
        var meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();
        _pipeline = new IngestPipeline(_engine, _engine, new IngestMetrics(meters));
    }

    /// <summary>Events that the newest request handed to the engine.</summary>
    public EncodedEvent[] Taken => _engine.Taken;

    /// <summary>Makes the context of a request; the caller disposes it.</summary>
    public static IngestContext Begin(IngestOptions limits, byte[] body, bool isLines) => new(limits, ReceivedAt, "key", new IngestBytes(body, isLines));

    /// <summary>Runs a request; nothing in it waits.</summary>
    public IngestOutcome Run(IngestContext context)
    {
        _engine.Taken = [];
        var running = _pipeline.RunAsync(context, CancellationToken.None);
        FuzzFailure.Unless(running.IsCompleted, "the pipeline waits");
        return running.Result;
    }
}
