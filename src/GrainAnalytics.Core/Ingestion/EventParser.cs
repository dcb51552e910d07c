using System.Text.Json;
using System.Text.Unicode;

namespace GrainAnalytics.Core.Ingestion;

/// <summary>Finds the events and their fields in a body, in one pass over its UTF-8, without building a document.</summary>
internal static class EventParser
{
    /// <summary>Reads a body that is one JSON value: an event or an array of events.</summary>
    /// <returns>Accepted, or why the request as a whole is refused.</returns>
    public static IngestOutcome ParseJson(IngestContext context)
    {
        var body = context.Body.Span;
        if (body.StartsWith("\uFEFF"u8)) { context.Body = context.Body[3..]; body = context.Body.Span; }
        if (body.IndexOfAnyExcept(" \t\r\n"u8) < 0) return IngestOutcome.NoEvents;
        if (!Utf8.IsValid(body)) return context.Refuse(IngestOutcome.MalformedBody, "The body is not valid UTF-8.");
        // Nesting is judged a row at a time, so the reader itself must not stop at it.
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = body.Length + 1 });
        try
        {
            reader.Read();
            if (reader.TokenType == JsonTokenType.StartArray)
            {
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    if (context.Count == context.Options.MaxEvents) return IngestOutcome.TooManyEvents;
                    ReadRow(ref reader, ref context.AddRow());
                }
            }
            else if (reader.TokenType == JsonTokenType.StartObject) ReadRow(ref reader, ref context.AddRow());
            else return context.Refuse(IngestOutcome.MalformedBody, "The body must be a JSON object, an array of them, or NDJSON.");
            reader.Read();      // throws when something follows
        }
        catch (JsonException e)
        {
            context.ClearRows();
            return context.Refuse(IngestOutcome.MalformedBody, Describe(e));
        }
        return context.Count == 0 ? IngestOutcome.NoEvents : IngestOutcome.Accepted;
    }

    /// <summary>Reads a body of one JSON value a line. A bad line is a rejected row; blank lines are no rows.</summary>
    public static IngestOutcome ParseLines(IngestContext context)
    {
        var body = context.Body.Span;
        if (body.StartsWith("\uFEFF"u8)) { context.Body = context.Body[3..]; body = context.Body.Span; }
        for (int start = 0, end; start < body.Length; start = end + 1)
        {
            end = body[start..].IndexOf((byte)'\n');
            end = end < 0 ? body.Length : start + end;
            var line = body[start..end];
            if (line.IndexOfAnyExcept(" \t\r"u8) < 0) continue;
            if (context.Count == context.Options.MaxEvents) return IngestOutcome.TooManyEvents;
            ReadLine(line, start, ref context.AddRow(), context);
        }
        return context.Count == 0 ? IngestOutcome.NoEvents : IngestOutcome.Accepted;
    }

    /// <summary>Reads a body that is one row, as it stood in a request; what is no well-formed JSON is a rejected row.</summary>
    public static IngestOutcome ParseRow(IngestContext context)
    {
        ReadLine(context.Body.Span, 0, ref context.AddRow(), context);
        return IngestOutcome.Accepted;
    }

    private static void ReadLine(ReadOnlySpan<byte> line, int start, ref RawEvent row, IngestContext context)
    {
        var index = context.Count - 1;
        if (!Utf8.IsValid(line)) { Malformed(ref row, context, index, start, line.Length, "The line is not valid UTF-8."); return; }
        try
        {
            var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = line.Length + 1 });
            reader.Read();
            ReadRow(ref reader, ref row, start);
            reader.Read();
        }
        catch (JsonException e)
        {
            Malformed(ref row, context, index, start, line.Length, Describe(e));
        }
    }

    private static void Malformed(ref RawEvent row, IngestContext context, int index, int start, int length, string detail)
    {
        row = new RawEvent { Start = start, Length = length };
        context.Reject(index, IngestOutcome.MalformedLine, detail);
    }

    // The reader stands on the row's first token and is left on its last.
    private static void ReadRow(ref Utf8JsonReader reader, ref RawEvent row, int offset = 0)
    {
        var first = (int)reader.TokenStartIndex;
        row.Start = first + offset;
        row.Nesting = 1;
        var outer = reader.CurrentDepth;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            row.Outcome = IngestOutcome.NotAnObject;
            SkipValue(ref reader, outer, ref row.Nesting);
        }
        else
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
            {
                var name = Match(ref reader);
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                var kind = reader.TokenType;
                RawField field;
                if (kind is JsonTokenType.StartObject or JsonTokenType.StartArray)
                {
                    SkipValue(ref reader, outer, ref row.Nesting);
                    field = new RawField(start + offset, (int)reader.BytesConsumed - start, kind, false);
                }
                else if (kind == JsonTokenType.String)
                    field = new RawField(start + offset + 1, reader.ValueSpan.Length, kind, reader.ValueIsEscaped);
                else field = new RawField(start + offset, reader.ValueSpan.Length, kind, false);
                switch (name)
                {
                    case Name.EventId: row.EventId = field; break;
                    case Name.UserId: row.UserId = field; break;
                    case Name.AnonymousId: row.AnonymousId = field; break;
                    case Name.SessionId: row.SessionId = field; break;
                    case Name.Type: row.Type = field; break;
                    case Name.OccurredAt: row.OccurredAt = field; break;
                    case Name.SentAt: row.SentAt = field; break;
                    case Name.Payload: row.Payload = field; break;
                    case Name.Context: row.Context = field; break;
                    case Name.Cookieless: row.Cookieless = field; break;
                }
            }
        }
        row.Length = (int)reader.BytesConsumed - first;
    }

    // From a value's first token to its last, keeping the deepest nesting met; "outer" is the depth around the row.
    private static void SkipValue(ref Utf8JsonReader reader, int outer, ref int nesting)
    {
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray)) return;
        var depth = reader.CurrentDepth;
        var deepest = depth + 1;
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
                deepest = Math.Max(deepest, reader.CurrentDepth + 1);
            else if (reader.CurrentDepth == depth && reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray) break;
        }
        nesting = Math.Max(nesting, deepest - outer);
    }

    private enum Name { Unknown, EventId, UserId, AnonymousId, SessionId, Type, OccurredAt, SentAt, Payload, Context, Cookieless }

    private static Name Match(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped) return Match(reader.ValueSpan);
        if (reader.ValueSpan.Length > 6 * 12) return Name.Unknown;
        Span<byte> name = stackalloc byte[6 * 12];
        return Text.JsonText.FindFault(reader.ValueSpan) != Text.TextFault.None
            ? Name.Unknown
            : Match(name[..Text.JsonText.Unescape(reader.ValueSpan, name)]);
    }

    private static Name Match(ReadOnlySpan<byte> name) => name.Length switch
    {
        4 when name.SequenceEqual("type"u8) => Name.Type,
        6 when name.SequenceEqual("userId"u8) => Name.UserId,
        6 when name.SequenceEqual("sentAt"u8) => Name.SentAt,
        7 when name.SequenceEqual("eventId"u8) => Name.EventId,
        7 when name.SequenceEqual("payload"u8) => Name.Payload,
        7 when name.SequenceEqual("context"u8) => Name.Context,
        7 when name.SequenceEqual("user_id"u8) => Name.UserId,
        7 when name.SequenceEqual("sent_at"u8) => Name.SentAt,
        8 when name.SequenceEqual("event_id"u8) => Name.EventId,
        9 when name.SequenceEqual("sessionId"u8) => Name.SessionId,
        9 when name.SequenceEqual("eventType"u8) => Name.Type,
        10 when name.SequenceEqual("occurredAt"u8) => Name.OccurredAt,
        10 when name.SequenceEqual("cookieless"u8) => Name.Cookieless,
        10 when name.SequenceEqual("session_id"u8) => Name.SessionId,
        10 when name.SequenceEqual("event_type"u8) => Name.Type,
        10 when name.SequenceEqual("properties"u8) => Name.Payload,
        11 when name.SequenceEqual("anonymousId"u8) => Name.AnonymousId,
        11 when name.SequenceEqual("occurred_at"u8) => Name.OccurredAt,
        12 when name.SequenceEqual("anonymous_id"u8) => Name.AnonymousId,
        _ => Name.Unknown,
    };

    private static string Describe(JsonException e) =>
        $"Not well-formed JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}.";
}
