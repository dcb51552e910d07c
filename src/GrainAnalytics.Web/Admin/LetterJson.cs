using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using GrainAnalytics.Core.DeadLetters;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Web.Admin;

/// <summary>A dead letter as JSON.</summary>
internal static class LetterJson
{
    private static readonly JsonWriterOptions AsSent = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Writes the members of a letter.</summary>
    public static void Write(Utf8JsonWriter json, StoredLetter letter)
    {
        var original = OriginalOf(letter);
        var isText = Utf8.IsValid(original);
        json.WriteNumber("id"u8, letter.Id);
        json.WriteNumber("siteId"u8, letter.SiteId);
        json.WriteString("siteName"u8, letter.SiteName);
        json.WriteString("reason"u8, letter.Reason);
        json.WriteString("detail"u8, letter.Detail);
        json.WriteString("form"u8, letter.Form == LetterForm.Row ? "row"u8 : "event"u8);
        json.WriteString("receivedAt"u8, Instant.ToText(letter.ReceivedAt));
        json.WriteString("setAsideAt"u8, Instant.ToText(letter.SetAsideAt));
        json.WriteNumber("attempts"u8, letter.Attempts);
        json.WriteString("triedAt"u8, letter.TriedAt is { } triedAt ? Instant.ToText(triedAt) : null);
        json.WriteNumber("bytes"u8, letter.IsTruncated ? letter.OriginalSize : original.Length);
        json.WriteBoolean("isTruncated"u8, letter.IsTruncated);
        json.WriteString("encoding"u8, isText ? "utf-8"u8 : "base64"u8);
        if (isText) json.WriteString("original"u8, original);
        else json.WriteBase64String("original"u8, original);
    }

    // An event is shown as a row that makes the same event again.
    private static ReadOnlySpan<byte> OriginalOf(StoredLetter letter)
    {
        if (letter.Form == LetterForm.Row || !EventEncoder.TryDecode(letter.Bytes, out var value)) return letter.Bytes;
        var buffer = new ArrayBufferWriter<byte>(letter.Bytes.Length + 256);
        using (var json = new Utf8JsonWriter(buffer, AsSent))
        {
            json.WriteStartObject();
            json.WriteString("eventId"u8, value.IdText);
            json.WriteString("type"u8, value.Type.Span);
            json.WriteString("userId"u8, value.UserId.Span);
            if (value.HasAnonymousId) json.WriteString("anonymousId"u8, value.AnonymousId.Span);
            if (value.HasSession) json.WriteString("sessionId"u8, value.SessionId.Span);
            json.WriteString("occurredAt"u8, Instant.ToText(value.OccurredAt));
            json.WritePropertyName("payload"u8);
            json.WriteRawValue(value.Payload.Span, skipInputValidation: true);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan;
    }
}
