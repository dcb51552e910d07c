using System.Text.Json;
using GrainAnalytics.Core.Enrichment;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Core.Events;

/// <summary>That two ids are one person.</summary>
public static class IdentityLink
{
    /// <summary>The other id that an event says its user had before: the anonymous id of an <c>identify</c>; of an <c>alias</c>
    /// its payload's <c>previousId</c> (<c>previous_id</c>), else its anonymous id.</summary>
    /// <returns>The id, UTF-8; empty when the event says nothing of the kind, or a crawler says it.</returns>
    public static ReadOnlyMemory<byte> AliasOf(EncodedEvent value)
    {
        if (new EventFacts(value.Facts).IsBot) return default;
        var type = value.Type.Span;
        ReadOnlyMemory<byte> alias = default;
        if (type.SequenceEqual("alias"u8)) alias = PreviousId(value.Payload.Span);
        if (alias.IsEmpty && value.HasAnonymousId && (type.SequenceEqual("identify"u8) || type.SequenceEqual("alias"u8))) alias = value.AnonymousId;
        return alias.Span.SequenceEqual(value.UserId.Span) ? default : alias;
    }

    private static byte[]? PreviousId(ReadOnlySpan<byte> payload)
    {
        var reader = new Utf8JsonReader(payload);
        for (reader.Read(); reader.Read() && reader.TokenType == JsonTokenType.PropertyName;)
        {
            var isIt = reader.ValueTextEquals("previousId"u8) || reader.ValueTextEquals("previous_id"u8);
            reader.Read();
            if (isIt && reader.TokenType == JsonTokenType.String)
            {
                var raw = reader.ValueSpan;
                if (raw.Length is 0 or > 6 * 800) return null;
                var text = new byte[raw.Length];
                Array.Resize(ref text, reader.CopyString(text));
                // As long as any id may be, and never with what the store cannot keep.
                return text.Length == 0 || JsonText.CountCharacters(text) > 200 || text.AsSpan().Contains((byte)0) ? null : text;
            }
            reader.Skip();
        }
        return null;
    }
}
