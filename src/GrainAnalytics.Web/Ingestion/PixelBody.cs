using System.Buffers;
using System.Collections.Frozen;
using System.Text.Encodings.Web;
using System.Text.Json;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Signing;
using GrainAnalytics.Core.Visitors;
using GrainAnalytics.Web.Limits;

namespace GrainAnalytics.Web.Ingestion;

/// <summary>A request's query parameters as one event: fields by their names, everything else in its payload.</summary>
internal sealed class PixelBody(HttpRequest request) : IIngestBody
{
    private const string DefaultType = "page_view";

    private static readonly FrozenSet<string> Fields = FrozenSet.Create(StringComparer.Ordinal,
        "type", "eventType", "event_type", "eventId", "event_id", "userId", "user_id", "anonymousId", "anonymous_id", "sessionId", "session_id",
        "occurredAt", "occurred_at", "sentAt", "sent_at");

    private static readonly JsonWriterOptions AsSent = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly string[] Types = ["type", "eventType", "event_type"], Users = ["userId", "user_id", "anonymousId", "anonymous_id"];

    /// <inheritdoc/>
    public bool IsLines => false;

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Bytes { get; private set; }

    /// <inheritdoc/>
    public VisitorClues? Visitor => ClientAddress.CluesOf(request.HttpContext);

    /// <inheritdoc/>
    public ValueTask<IngestOutcome> ReadAsync(int maxBytes, SignatureCheck? check, CancellationToken cancel)
    {
        var bytes = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(bytes, AsSent)) Write(json, request.Query, request.Headers.Referer);
        Bytes = bytes.WrittenMemory;
        return new(Bytes.Length > maxBytes ? IngestOutcome.BodyTooLarge : IngestOutcome.Accepted);
    }

    private static void Write(Utf8JsonWriter json, IQueryCollection query, string? referer)
    {
        json.WriteStartObject();
        if (!HasAny(query, Types)) json.WriteString("type"u8, DefaultType);
        // Most who open an e-mail are nobody that the address of its picture could name.
        if (!HasAny(query, Users)) json.WriteBoolean("cookieless"u8, true);
        foreach (var (name, values) in query) if (Fields.Contains(name) && values[^1] is { Length: > 0 } value) json.WriteString(name, value);
        json.WriteStartObject("payload"u8);
        // A picture in a page without scripts cannot name its page; the browser does.
        if (referer is { Length: > 0 } && !query.ContainsKey("url")) json.WriteString("url"u8, referer);
        foreach (var (name, values) in query)
            if (!Fields.Contains(name) && name != "writeKey" && values[^1] is { Length: > 0 } value) json.WriteString(name, value);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    // A name without a value is what a template left empty, and the same as none.
    private static bool HasAny(IQueryCollection query, string[] names) => names.Any(name => query.TryGetValue(name, out var values) && values[^1] is { Length: > 0 });
}
