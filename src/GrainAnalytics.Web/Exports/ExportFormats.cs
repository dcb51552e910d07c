using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using GrainAnalytics.Core.Exports;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Web.Statistics;

namespace GrainAnalytics.Web.Exports;

/// <summary>How exported events are written.</summary>
internal interface IExportFormat
{
    /// <summary>Writes what stands before the first event.</summary>
    void Begin(IBufferWriter<byte> to);

    /// <summary>Writes an event.</summary>
    void Write(IBufferWriter<byte> to, ExportedEvent value);
}

/// <summary>Names of an exported event's members and columns.</summary>
internal static class ExportColumns
{
    /// <summary>Of the values, in their order.</summary>
    public static readonly string[] Values = [.. ExportedEvent.Dimensions.Select(dimension => dimension.ToString().ToLowerInvariant())];

    /// <summary>All, in order; the last is the place to go on from.</summary>
    public static readonly string[] All = ["eventId", "userId", "anonymousId", "sessionId", "type", "occurredAt", "receivedAt", "payload", "path", .. Values, "engagedMs", "isBot", "cursor"];
}

/// <summary>A JSON object a line; what is not known is left out.</summary>
internal sealed class NdjsonExport : IExportFormat
{
    private static readonly JsonWriterOptions AsSent = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private Utf8JsonWriter? _json;

    public void Begin(IBufferWriter<byte> to)
    {
    }

    public void Write(IBufferWriter<byte> to, ExportedEvent value)
    {
        var json = _json ??= new Utf8JsonWriter(to, AsSent);
        var stored = value.Event;
        json.WriteStartObject();
        json.WriteString("eventId"u8, stored.IdText);
        json.WriteString("userId"u8, stored.UserId.Span);
        if (stored.HasAnonymousId) json.WriteString("anonymousId"u8, stored.AnonymousId.Span);
        if (stored.HasSession) json.WriteString("sessionId"u8, stored.SessionId.Span);
        json.WriteString("type"u8, stored.Type.Span);
        json.WriteString("occurredAt"u8, Instant.ToText(stored.OccurredAt));
        json.WriteString("receivedAt"u8, Instant.ToText(stored.ReceivedAt));
        json.WritePropertyName("payload"u8);
        json.WriteRawValue(OneLine(stored.Payload.Span), skipInputValidation: true);
        if (value.Path is not null) json.WriteString("path"u8, value.Path);
        for (var i = 0; i < ExportColumns.Values.Length; i++)
            if (value.Values[i] is { } text) json.WriteString(ExportColumns.Values[i], text);
        if (value.EngagedMs is { } ms) json.WriteNumber("engagedMs"u8, ms);
        if (value.IsBot) json.WriteBoolean("isBot"u8, true);
        json.WriteString("cursor"u8, value.Position.ToCursor());
        json.WriteEndObject();
        json.Flush();
        json.Reset();
        to.Write("\n"u8);
    }

    // Between the tokens of a payload, which is kept as it was sent, line breaks may stand; inside of a string they cannot.
    private static ReadOnlySpan<byte> OneLine(ReadOnlySpan<byte> payload)
    {
        if (!payload.ContainsAny((byte)'\n', (byte)'\r')) return payload;
        var line = payload.ToArray();
        foreach (ref var c in line.AsSpan())
            if (c is (byte)'\n' or (byte)'\r') c = (byte)' ';
        return line;
    }
}

/// <summary>RFC 4180 with a header line; what is not known is empty.</summary>
internal sealed class CsvExport : IExportFormat
{
    private readonly StringBuilder _line = new();

    public void Begin(IBufferWriter<byte> to)
    {
        _line.AppendJoin(',', ExportColumns.All).Append("\r\n");
        Flush(to);
    }

    public void Write(IBufferWriter<byte> to, ExportedEvent value)
    {
        var stored = value.Event;
        Add(stored.IdText);
        Add(stored.UserIdText);
        Add(stored.HasAnonymousId ? Encoding.UTF8.GetString(stored.AnonymousId.Span) : null);
        Add(stored.HasSession ? Encoding.UTF8.GetString(stored.SessionId.Span) : null);
        Add(Encoding.UTF8.GetString(stored.Type.Span));
        Add(Instant.ToText(stored.OccurredAt));
        Add(Instant.ToText(stored.ReceivedAt));
        Add(Encoding.UTF8.GetString(stored.Payload.Span));
        Add(value.Path);
        foreach (var text in value.Values) Add(text);
        Add(value.EngagedMs?.ToString());
        Add(value.IsBot ? "true" : "false");
        _line.Append(value.Position.ToCursor()).Append("\r\n");
        Flush(to);
    }

    private void Add(string? text)
    {
        if (text is not null) _line.Append(Table.Field(text));
        _line.Append(',');
    }

    private void Flush(IBufferWriter<byte> to)
    {
        foreach (var chunk in _line.GetChunks()) Encoding.UTF8.GetBytes(chunk.Span, to);
        _line.Clear();
    }
}
