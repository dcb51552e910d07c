using GrainAnalytics.Core.Signing;

namespace GrainAnalytics.Core.Ingestion;

/// <summary>Reads the body, and checks on the way who signed it.</summary>
internal sealed class ReadStep : IIngestStep
{
    public ValueTask<IngestOutcome> RunAsync(IngestContext context, CancellationToken cancel) =>
        context.Source.Signature is null && context.Access!.Signing is not { IsRequired: true }
            ? ReadAsync(context, cancel)
            : new(ReadSignedAsync(context, cancel));

    private static ValueTask<IngestOutcome> ReadAsync(IngestContext context, CancellationToken cancel) =>
        context.Source.ReadAsync(context.Options.MaxBodyBytes, null, cancel);

    private static async Task<IngestOutcome> ReadSignedAsync(IngestContext context, CancellationToken cancel)
    {
        if (context.Source.Signature is not { } sent)
            return context.Refuse(IngestOutcome.InvalidSignature, "Requests of this key must be signed: X-Signature and X-Signature-Timestamp are missing.");
        // Not ignored: who signs believes that it is checked.
        if (context.Access!.Signing is not { } signing)
            return context.Refuse(IngestOutcome.InvalidSignature, "This key has no signing secret; send without X-Signature, or have one set up.");
        using var check = SignatureCheck.TryBegin(signing, sent, context.ReceivedAt, context.Options.SignatureWindow, out var fault);
        if (check is null) return context.Refuse(IngestOutcome.InvalidSignature, fault);
        var outcome = await context.Source.ReadAsync(context.Options.MaxBodyBytes, check, cancel).ConfigureAwait(false);
        if (outcome != IngestOutcome.Accepted) return outcome;
        return check.IsGenuine() ? outcome
            : context.Refuse(IngestOutcome.InvalidSignature, "X-Signature is not that of X-Signature-Timestamp, a full stop and the body as it was sent.");
    }
}
