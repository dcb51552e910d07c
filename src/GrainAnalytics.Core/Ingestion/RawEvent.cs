using System.Text.Json;

namespace GrainAnalytics.Core.Ingestion;

/// <summary>Where a field's value stands in the body.</summary>
/// <param name="Start">First byte; for a string the one behind the quote.</param>
/// <param name="Length">Bytes, without quotes.</param>
/// <param name="Kind">Kind of the value; None when the field is absent.</param>
/// <param name="IsEscaped">True when a string has escapes.</param>
internal readonly record struct RawField(int Start, int Length, JsonTokenType Kind, bool IsEscaped)
{
    public bool IsAbsent => Kind is JsonTokenType.None or JsonTokenType.Null;

    public ReadOnlySpan<byte> In(ReadOnlySpan<byte> body) => body.Slice(Start, Length);
}

/// <summary>One row of a request as the parser found it: places in the body, nothing copied.</summary>
internal struct RawEvent
{
    /// <summary>The row's bytes in the body.</summary>
    public int Start, Length;

    /// <summary>Deepest nesting, the row itself being 1.</summary>
    public int Nesting;

    /// <summary>Accepted, or why the row is refused already.</summary>
    public IngestOutcome Outcome;

    public RawField EventId, UserId, AnonymousId, SessionId, Type, OccurredAt, SentAt, Payload, Context, Cookieless;

    /// <summary>True when the row is valid, names nobody and asks for a name.</summary>
    public bool IsCookieless;

    /// <summary>Unix microseconds, after correction; set by the validate step.</summary>
    public long Time;

    /// <summary>Where its facts stand among those of the request; set by the enrich step.</summary>
    public (int Start, int Length) Facts;
}
