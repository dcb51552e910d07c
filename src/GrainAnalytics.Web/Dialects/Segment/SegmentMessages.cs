using System.Text.Json;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Web.Dialects.Json;

namespace GrainAnalytics.Web.Dialects.Segment;

/// <summary>The messages of Segment's HTTP API, which RudderStack and Jitsu speak too.</summary>
internal static class SegmentMessages
{
    private const int Batch = 0, SentAt = 1, WriteKey = 2;
    private static readonly JsonNames Envelope = new("batch", "sentAt", "writeKey");

    private const int Type = 0, MessageId = 1, UserId = 2, AnonymousId = 3, Event = 4, Properties = 5, Timestamp = 6, OriginalTimestamp = 7, OwnSentAt = 8,
        Context = 9, Traits = 10, GroupId = 11, PreviousId = 12, Name = 13, Category = 14, Members = 15;
    private static readonly JsonNames Message = new("type", "messageId", "userId", "anonymousId", "event", "properties", "timestamp", "originalTimestamp", "sentAt",
        "context", "traits", "groupId", "previousId", "name", "category");

    private const int Page = 0, UserAgent = 1, Locale = 2, Timezone = 3, Screen = 4, SessionId = 5, ContextTraits = 6;
    private static readonly JsonNames ContextNames = new("page", "userAgent", "locale", "timezone", "screen", "sessionId", "traits");

    private static readonly JsonNames PageNames = new("url", "referrer", "title");
    private static readonly JsonNames ScreenNames = new("width", "height");
    private static readonly JsonNames Titles = new("name", "category");

    /// <summary>The write key in a body; null when there is none.</summary>
    public static string? WriteKeyOf(ReadOnlySpan<byte> text)
    {
        Span<JsonPiece> envelope = stackalloc JsonPiece[3];
        JsonRead.Root(text, Envelope, envelope);
        return envelope[WriteKey].ToText(text, 200);
    }

    /// <summary>Writes a row for the one message of a body, or for each of its batch.</summary>
    /// <param name="request">The request.</param>
    /// <param name="call">What the path says that a message is; null: the body is a batch.</param>
    public static IngestOutcome Translate(DialectRequest request, string? call)
    {
        var text = request.Text.Span;
        Span<JsonPiece> envelope = stackalloc JsonPiece[3], message = stackalloc JsonPiece[Members];
        var root = JsonRead.Root(text, Envelope, envelope);
        if (!root.IsObject) return IngestOutcome.MalformedBody;
        if (call is not null && !envelope[Batch].IsArray)
        {
            JsonRead.Members(text, root, Message, message);
            Write(request.Rows, text, message, default, call);
            return IngestOutcome.Accepted;
        }
        if (!envelope[Batch].IsArray) return IngestOutcome.MalformedBody;
        var batch = envelope[Batch];
        var reader = JsonRead.Reader(batch.In(text));
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (request.HasTooMany) return IngestOutcome.TooManyEvents;
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                request.Rows.NoObject(text, JsonRead.Value(ref reader, batch.Start));
                continue;
            }
            message.Clear();
            JsonRead.Members(ref reader, batch.Start, Message, message);
            Write(request.Rows, text, message, envelope[SentAt], call);
        }
        return IngestOutcome.Accepted;
    }

    private static void Write(RowWriter row, ReadOnlySpan<byte> text, ReadOnlySpan<JsonPiece> message, JsonPiece sentAt, string? call)
    {
        Span<JsonPiece> context = stackalloc JsonPiece[7];
        JsonRead.Members(text, message[Context], ContextNames, context);
        row.Begin();
        row.Id("eventId"u8, text, message[MessageId]);
        row.Id("userId"u8, text, message[UserId]);
        row.Id("anonymousId"u8, text, message[AnonymousId]);
        row.Id("sessionId"u8, text, context[SessionId]);
        row.Piece("occurredAt"u8, text, message[OriginalTimestamp].IsAbsent ? message[Timestamp] : message[OriginalTimestamp]);
        if (!message[OwnSentAt].IsAbsent) sentAt = message[OwnSentAt];
        // A clock that cannot be read corrects nothing, which is better than losing what was sent with it.
        if (Instant.TryParse(sentAt.TextIn(text), out _, out _)) row.Piece("sentAt"u8, text, sentAt);
        WriteBody(row, text, message, context[ContextTraits], call);
        WriteContext(row, text, context);
        row.End();
    }

    private static void WriteBody(RowWriter row, ReadOnlySpan<byte> text, ReadOnlySpan<JsonPiece> message, JsonPiece contextTraits, string? call)
    {
        var type = message[Type];
        switch (type.IsText ? KindOf(type.TextIn(text)) : type.IsAbsent ? KindOf(call) : Kind.Unknown)
        {
            case Kind.Track:
                row.Piece("type"u8, text, message[Event]);
                row.Piece("payload"u8, text, message[Properties]);
                break;
            case Kind.Page:
                row.Quoted("type"u8, "page_view"u8);
                WriteView(row, text, message);
                break;
            case Kind.Screen:
                row.Quoted("type"u8, "screen_view"u8);
                WriteView(row, text, message);
                break;
            case Kind.Identify:
                row.Quoted("type"u8, "identify"u8);
                row.Open("payload"u8);
                row.Piece("traits"u8, text, message[Traits].IsAbsent ? contextTraits : message[Traits]);
                row.Close();
                break;
            case Kind.Group:
                row.Quoted("type"u8, "group"u8);
                row.Open("payload"u8);
                row.Id("groupId"u8, text, message[GroupId]);
                row.Piece("traits"u8, text, message[Traits]);
                row.Close();
                break;
            case Kind.Alias:
                row.Quoted("type"u8, "alias"u8);
                row.Open("payload"u8);
                row.Id("previousId"u8, text, message[PreviousId]);
                row.Close();
                break;
        }
        // Of an unknown kind there is no type, for which the row is rejected and set aside.
    }

    // The names of a page or screen go into the payload unless its properties have them, as Segment's own SDKs do it.
    private static void WriteView(RowWriter row, ReadOnlySpan<byte> text, ReadOnlySpan<JsonPiece> message)
    {
        var properties = message[Properties];
        if (!properties.IsAbsent && !properties.IsObject || message[Name].IsAbsent && message[Category].IsAbsent)
        {
            row.Piece("payload"u8, text, properties);
            return;
        }
        Span<JsonPiece> titles = stackalloc JsonPiece[2];
        JsonRead.Members(text, properties, Titles, titles);
        row.Open("payload"u8);
        if (titles[0].IsAbsent) row.Text("name"u8, text, message[Name]);
        if (titles[1].IsAbsent) row.Text("category"u8, text, message[Category]);
        row.Inside(text, properties);
        row.Close();
    }

    private static void WriteContext(RowWriter row, ReadOnlySpan<byte> text, ReadOnlySpan<JsonPiece> context)
    {
        Span<JsonPiece> page = stackalloc JsonPiece[3], screen = stackalloc JsonPiece[2];
        JsonRead.Members(text, context[Page], PageNames, page);
        JsonRead.Members(text, context[Screen], ScreenNames, screen);
        row.OpenContext();
        row.Text("url"u8, text, page[0]);
        row.Text("referrer"u8, text, page[1]);
        row.Text("title"u8, text, page[2]);
        row.Text("language"u8, text, context[Locale]);
        row.Screen(text, screen[0], screen[1]);
        row.Text("userAgent"u8, text, context[UserAgent]);
        row.Text("timeZone"u8, text, context[Timezone]);
        row.CloseContext();
    }

    private enum Kind { Unknown, Track, Page, Screen, Identify, Group, Alias }

    private static Kind KindOf(string? call)
    {
        Span<byte> text = stackalloc byte[16];
        return call is not null && System.Text.Encoding.UTF8.TryGetBytes(call, text, out var length) ? KindOf(text[..length]) : Kind.Unknown;
    }

    // One letter as Segment's browser SDK has it in its paths; "pageview" is an old name of Jitsu's.
    private static Kind KindOf(ReadOnlySpan<byte> call) => call switch
    {
        _ when call.SequenceEqual("track"u8) || call.SequenceEqual("t"u8) => Kind.Track,
        _ when call.SequenceEqual("page"u8) || call.SequenceEqual("p"u8) || call.SequenceEqual("pageview"u8) => Kind.Page,
        _ when call.SequenceEqual("screen"u8) || call.SequenceEqual("s"u8) => Kind.Screen,
        _ when call.SequenceEqual("identify"u8) || call.SequenceEqual("i"u8) => Kind.Identify,
        _ when call.SequenceEqual("group"u8) || call.SequenceEqual("g"u8) => Kind.Group,
        _ when call.SequenceEqual("alias"u8) || call.SequenceEqual("a"u8) => Kind.Alias,
        _ => Kind.Unknown,
    };
}
