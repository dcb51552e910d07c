namespace GrainAnalytics.Core.Ingestion;

/// <summary>Reads the body and finds rows and fields in it.</summary>
internal sealed class ParseStep : IIngestStep
{
    public async ValueTask<IngestOutcome> RunAsync(IngestContext context, CancellationToken cancel)
    {
        var outcome = await context.Source.ReadAsync(context.Options.MaxBodyBytes, cancel);
        if (outcome != IngestOutcome.Accepted) return outcome;
        context.Body = context.Source.Bytes;
        return context.Source.IsLines ? EventParser.ParseLines(context) : EventParser.ParseJson(context);
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
