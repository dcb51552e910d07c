using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Web.Journeys;

/// <summary>One event as lookups show it, written from its encoded block without decoding anything.</summary>
internal static class EventJson
{
    // What a JSON string must escape; the rest of UTF-8 may stand as it is, and ids hardly ever have these.
    private static readonly SearchValues<byte> Escaped =
        SearchValues.Create([(byte)'"', (byte)'\\', .. Enumerable.Range(0, 0x20).Select(c => (byte)c)]);

    private static ReadOnlySpan<byte> Id => "{\"eventId\":\""u8;
    private static ReadOnlySpan<byte> User => "\",\"userId\":\""u8;
    private static ReadOnlySpan<byte> Session => "\",\"sessionId\":\""u8;
    private static ReadOnlySpan<byte> Type => "\",\"type\":\""u8;
    private static ReadOnlySpan<byte> NoSessionThenType => "\",\"sessionId\":null,\"type\":\""u8;
    private static ReadOnlySpan<byte> Payload => "\",\"payload\":"u8;
    private static ReadOnlySpan<byte> OccurredAt => ",\"occurredAt\":\""u8;
    private static ReadOnlySpan<byte> ReceivedAt => "\",\"receivedAt\":\""u8;
    private static ReadOnlySpan<byte> End => "\"}"u8;

    private static readonly int Frame = Id.Length + User.Length + Payload.Length + OccurredAt.Length + ReceivedAt.Length + End.Length;

    /// <summary>Bytes that <see cref="Write"/> will write, or -1 when a text needs escaping and the length is not known cheaply.</summary>
    public static int Measure(EncodedEvent value)
    {
        var id = value.IdBytes.Span;
        ReadOnlySpan<byte> user = value.UserId.Span, session = value.SessionId.Span, type = value.Type.Span;
        if (id.ContainsAny(Escaped) || user.ContainsAny(Escaped) || session.ContainsAny(Escaped) || type.ContainsAny(Escaped)) return -1;
        return Frame + (value.IdIsKeyText ? UuidText.Length : id.Length) + user.Length + type.Length + value.Payload.Length
            + (value.HasSession ? Session.Length + session.Length + Type.Length : NoSessionThenType.Length)
            + TimeLength(value.OccurredAt) + TimeLength(value.ReceivedAt);
    }

    /// <summary>Writes the event.</summary>
    /// <param name="sink">Where to.</param>
    /// <param name="value">The event.</param>
    /// <param name="isClean">True when <see cref="Measure"/> found nothing to escape.</param>
    public static void Write(ref Utf8Sink sink, EncodedEvent value, bool isClean)
    {
        Span<byte> scratch = stackalloc byte[UuidText.Length];
        sink.Write(Id);
        Text(ref sink, value.IdSpan(scratch), isClean);
        sink.Write(User);
        Text(ref sink, value.UserId.Span, isClean);
        if (value.HasSession)
        {
            sink.Write(Session);
            Text(ref sink, value.SessionId.Span, isClean);
            sink.Write(Type);
        }
        else sink.Write(NoSessionThenType);
        Text(ref sink, value.Type.Span, isClean);
        sink.Write(Payload);
        sink.Write(value.Payload.Span);
        sink.Write(OccurredAt);
        sink.Write(scratch[..Instant.Format(value.OccurredAt, scratch)]);
        sink.Write(ReceivedAt);
        sink.Write(scratch[..Instant.Format(value.ReceivedAt, scratch)]);
        sink.Write(End);
    }

    private static void Text(ref Utf8Sink sink, scoped ReadOnlySpan<byte> text, bool isClean)
    {
        if (isClean || !text.ContainsAny(Escaped)) sink.Write(text);
        else sink.Write(JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes);
    }

    private static int TimeLength(long microseconds) => microseconds % 1000 == 0 ? 24 : 27;
}
