namespace GrainAnalytics.Core.Ingestion;

/// <summary>Finds rows and fields in the body.</summary>
internal sealed class ParseStep : IIngestStep
{
    public ValueTask<IngestOutcome> RunAsync(IngestContext context, CancellationToken cancel)
    {
        context.Body = context.Source.Bytes;
        return new(context.Source.IsLines ? EventParser.ParseLines(context) : EventParser.ParseJson(context));
    }
}

/// <summary>Finds the fields of a row that is tried again.</summary>
internal sealed class ParseRowStep : IIngestStep
{
    public ValueTask<IngestOutcome> RunAsync(IngestContext context, CancellationToken cancel)
    {
        context.Body = context.Source.Bytes;
        return new(EventParser.ParseRow(context));
    }
}
