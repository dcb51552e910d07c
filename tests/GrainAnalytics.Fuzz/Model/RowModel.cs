using System.Runtime.InteropServices;
using System.Text.Json;
using GrainAnalytics.Core.Ingestion;

namespace GrainAnalytics.Fuzz.Model;

/// <summary>What a row of a request must become.</summary>
/// <param name="Outcome">Accepted, or why the row is refused.</param>
/// <param name="Field">The field that the refusal must name, or null.</param>
internal sealed record ExpectedRow(IngestOutcome Outcome, string? Field = null)
{
    public string? EventId { get; init; }
    public string Type { get; init; } = "";
    public string UserId { get; init; } = "";
    public string? SessionId { get; init; }
    public string? AnonymousId { get; init; }
    public long OccurredAt { get; init; }
    public byte[] Payload { get; init; } = [];
}

/// <summary>docs/api.md as code, over System.Text.Json's document: the fields of a row, their limits and their order.</summary>
internal sealed class RowModel(IngestOptions options, long receivedAt)
{
    private static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
    {
        ["type"] = "type", ["eventType"] = "type", ["event_type"] = "type", ["userId"] = "userId", ["user_id"] = "userId",
        ["anonymousId"] = "anonymousId", ["anonymous_id"] = "anonymousId", ["sessionId"] = "sessionId", ["session_id"] = "sessionId",
        ["eventId"] = "eventId", ["event_id"] = "eventId", ["occurredAt"] = "occurredAt", ["occurred_at"] = "occurredAt",
        ["sentAt"] = "sentAt", ["sent_at"] = "sentAt", ["payload"] = "payload", ["properties"] = "payload",
    };

    /// <summary>Judges a row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="nesting">Its nesting, 1 for an object without objects in it.</param>
    public ExpectedRow Judge(JsonElement row, int nesting)
    {
        if (row.ValueKind != JsonValueKind.Object) return new(IngestOutcome.NotAnObject);
        if (JsonMarshal.GetRawUtf8Value(row).Length > options.MaxEventBytes) return new(IngestOutcome.EventTooLarge);
        if (nesting > options.MaxNesting) return new(IngestOutcome.NestingTooDeep);
        var fields = Fields(row);
        if (!fields.ContainsKey("type")) return new(IngestOutcome.MissingType, "type");
        if (!fields.ContainsKey("userId") && !fields.ContainsKey("anonymousId")) return new(IngestOutcome.MissingUser, "userId");
        foreach (var (name, invalid) in (ReadOnlySpan<(string, IngestOutcome)>)
                 [("type", IngestOutcome.InvalidType), ("userId", IngestOutcome.InvalidUserId), ("anonymousId", IngestOutcome.InvalidAnonymousId),
                  ("sessionId", IngestOutcome.InvalidSessionId), ("eventId", IngestOutcome.InvalidEventId)])
            if (fields.TryGetValue(name, out var value) && JudgeText(value, invalid) is var outcome and not IngestOutcome.Accepted) return new(outcome, name);
        var hasPayload = fields.TryGetValue("payload", out var payload);
        if (hasPayload && payload.ValueKind != JsonValueKind.Object) return new(IngestOutcome.InvalidPayload, "payload");
        if (hasPayload && JsonStrings.FindFaultInAll(JsonMarshal.GetRawUtf8Value(payload)) is var fault and not IngestOutcome.Accepted) return new(fault, "payload");
        var (time, occurredAt) = JudgeTime(fields);
        if (time != IngestOutcome.Accepted) return new(time, time == IngestOutcome.InvalidSentAt ? "sentAt" : "occurredAt");
        var anonymous = Text(fields, "anonymousId");
        return new(IngestOutcome.Accepted)
        {
            EventId = Text(fields, "eventId"),
            Type = Text(fields, "type")!,
            UserId = Text(fields, "userId") ?? anonymous!,
            AnonymousId = fields.ContainsKey("userId") ? anonymous : null,
            SessionId = Text(fields, "sessionId"),
            OccurredAt = occurredAt,
            Payload = hasPayload ? JsonMarshal.GetRawUtf8Value(payload).ToArray() : [.. "{}"u8],
        };
    }

    // Of members with the same name, in any of its forms, the last one counts; null is absence.
    private static Dictionary<string, JsonElement> Fields(JsonElement row)
    {
        var fields = new Dictionary<string, JsonElement>();
        foreach (var member in row.EnumerateObject())
            if (Names.TryGetValue(JsonStrings.Decode(JsonMarshal.GetRawUtf8PropertyName(member)), out var name)) fields[name] = member.Value;
        foreach (var name in fields.Where(field => field.Value.ValueKind == JsonValueKind.Null).Select(field => field.Key).ToArray()) fields.Remove(name);
        return fields;
    }

    private IngestOutcome JudgeText(JsonElement value, IngestOutcome invalid)
    {
        if (value.ValueKind != JsonValueKind.String) return invalid;
        var text = Text(value);
        var fault = JsonStrings.FindFault(text);
        if (fault != IngestOutcome.Accepted) return fault;
        return text.Length == 0 || JsonStrings.CountCharacters(text) > options.MaxIdCharacters ? invalid : IngestOutcome.Accepted;
    }

    private (IngestOutcome Outcome, long OccurredAt) JudgeTime(Dictionary<string, JsonElement> fields)
    {
        if (!TryTime(fields, "occurredAt", out var claimed)) return (IngestOutcome.InvalidOccurredAt, 0);
        if (!TryTime(fields, "sentAt", out var sent)) return (IngestOutcome.InvalidSentAt, 0);
        var implied = claimed is null ? TimeModel.OfUuid(Text(fields, "eventId") ?? "") : null;
        if ((claimed ?? implied) is not { } time) return (IngestOutcome.Accepted, receivedAt);
        if (sent is not null) time = receivedAt - (sent.Value - time);
        if (time >= 0 && time <= receivedAt + (long)options.MaxAhead.TotalMicroseconds) return (IngestOutcome.Accepted, time);
        return claimed is null ? (IngestOutcome.Accepted, receivedAt) : (IngestOutcome.OccurredAtOutOfRange, 0);
    }

    private static bool TryTime(Dictionary<string, JsonElement> fields, string name, out long? time)
    {
        time = null;
        if (!fields.TryGetValue(name, out var value)) return true;
        if (value.ValueKind != JsonValueKind.String) return false;
        // An instant with escapes is read up to 256 bytes: nobody needs more, and nothing is allocated for it.
        if (Inside(value) is { Length: > 256 } inside && inside.Contains((byte)'\\')) return false;
        time = TimeModel.Read(Text(value))?.Microseconds;
        return time is not null;
    }

    private static string? Text(Dictionary<string, JsonElement> fields, string name) => fields.TryGetValue(name, out var value) ? Text(value) : null;

    private static string Text(JsonElement value) => JsonStrings.Decode(Inside(value));

    private static ReadOnlySpan<byte> Inside(JsonElement value) => JsonMarshal.GetRawUtf8Value(value)[1..^1];
}
