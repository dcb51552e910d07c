using GrainAnalytics.Core.Signing;
using GrainAnalytics.Core.Visitors;

namespace GrainAnalytics.Core.Ingestion;

/// <summary>The body of a request, read only once the request is admitted.</summary>
public interface IIngestBody
{
    /// <summary>True when it is one JSON value a line.</summary>
    bool IsLines { get; }

    /// <summary>The decompressed bytes, once read.</summary>
    ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The signature that came with it; null for none.</summary>
    RequestSignature? Signature => null;

    /// <summary>Who sent it, for events that name nobody; null when that is not known.</summary>
    VisitorClues? Visitor => null;

    /// <summary>Reads it.</summary>
    /// <param name="maxBytes">Largest size, as sent and decompressed.</param>
    /// <param name="check">Sees every byte as it was sent, before it is decompressed; null: nobody does.</param>
    /// <param name="cancel">The client went away.</param>
    /// <returns>Accepted; or BodyTooLarge, UnsupportedEncoding, CorruptEncoding or IncompleteBody.</returns>
    ValueTask<IngestOutcome> ReadAsync(int maxBytes, SignatureCheck? check, CancellationToken cancel);
}

/// <summary>A body that is in memory already.</summary>
/// <param name="Bytes">The bytes.</param>
/// <param name="IsLines">True when they are one JSON value a line.</param>
public sealed record IngestBytes(ReadOnlyMemory<byte> Bytes, bool IsLines = false) : IIngestBody
{
    /// <inheritdoc/>
    public RequestSignature? Signature { get; init; }

    /// <inheritdoc/>
    public VisitorClues? Visitor { get; init; }

    /// <inheritdoc/>
    public ValueTask<IngestOutcome> ReadAsync(int maxBytes, SignatureCheck? check, CancellationToken cancel)
    {
        check?.Append(Bytes.Span);
        return new(Bytes.Length > maxBytes ? IngestOutcome.BodyTooLarge : IngestOutcome.Accepted);
    }
}
