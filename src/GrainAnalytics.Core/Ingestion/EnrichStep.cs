using System.Buffers;
using System.Text.Json;
using GrainAnalytics.Core.Enrichment;

namespace GrainAnalytics.Core.Ingestion;

/// <summary>Finds out of every valid row where its visitor came from and what they use.</summary>
internal sealed class EnrichStep : IIngestStep
{
    private readonly Enricher _enricher = new();

    public ValueTask<IngestOutcome> RunAsync(IngestContext context, CancellationToken cancel)
    {
        if (context.Valid == 0) return new(IngestOutcome.Accepted);     // the next step says what that means
        var visitor = _enricher.Visitor(context.Request);
        var body = context.Body.Span;
        var domain = context.Access?.Site.Domain;
        var scratch = ArrayPool<byte>.Shared.Rent(Enricher.ScratchSize);
        foreach (ref var row in context.Rows)
        {
            if (row.Outcome != IngestOutcome.Accepted) continue;
            var to = context.FactsRoom(EventFacts.MaxSize);
            var payload = row.Payload.Kind == JsonTokenType.StartObject ? row.Payload.In(body) : default;
            var stated = row.Context.Kind == JsonTokenType.StartObject ? row.Context.In(body) : default;
            row.Facts = context.TakeFacts(_enricher.Write(ref visitor, payload, stated, domain, scratch, to));
        }
        ArrayPool<byte>.Shared.Return(scratch);
        return new(IngestOutcome.Accepted);
    }
}
