using System.Text.Json;

namespace GrainAnalytics.Web.Dialects.Json;

/// <summary>Finds pieces of a JSON text. No document is built, so that memory does not grow with what a sender makes up.</summary>
internal static class JsonRead
{
    /// <summary>Checks a whole text and finds its value.</summary>
    /// <exception cref="JsonException">It is no well-formed JSON.</exception>
    public static JsonPiece Root(ReadOnlySpan<byte> text)
    {
        var reader = Reader(text);
        reader.Read();
        var root = Value(ref reader, 0);
        reader.Read();      // throws when something follows
        return root;
    }

    /// <summary>Checks a whole text and finds its value and, when that is an object, the members of it, in one go.</summary>
    /// <exception cref="JsonException">It is no well-formed JSON.</exception>
    public static JsonPiece Root(ReadOnlySpan<byte> text, JsonNames names, scoped Span<JsonPiece> into)
    {
        into.Clear();
        var reader = Reader(text);
        reader.Read();
        var (start, kind) = ((int)reader.TokenStartIndex, reader.TokenType);
        if (kind == JsonTokenType.StartObject) Members(ref reader, 0, names, into);
        else reader.Skip();
        var root = new JsonPiece(start, (int)reader.BytesConsumed - start, kind);
        reader.Read();
        return root;
    }

    /// <summary>A reader of a piece, before its first token.</summary>
    /// <remarks>Nesting is judged later, an event at a time, so it must not stop at it.</remarks>
    public static Utf8JsonReader Reader(ReadOnlySpan<byte> text) => new(text, new JsonReaderOptions { MaxDepth = text.Length + 1 });

    /// <summary>Finds the members of an object; all are absent when it is none. Of several with one name the last counts.</summary>
    /// <param name="text">The text.</param>
    /// <param name="value">The object in it.</param>
    /// <param name="names">Which members.</param>
    /// <param name="into">Gets them, by the names' order.</param>
    public static void Members(ReadOnlySpan<byte> text, JsonPiece value, JsonNames names, scoped Span<JsonPiece> into)
    {
        into.Clear();
        if (!value.IsObject) return;
        var reader = Reader(value.In(text));
        reader.Read();
        Members(ref reader, value.Start, names, into);
    }

    /// <summary>The same with a reader that stands on the object's beginning; it is left on its end.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="offset">Where in the text its own begins.</param>
    /// <param name="names">Which members.</param>
    /// <param name="into">Gets them; empty before.</param>
    public static void Members(ref Utf8JsonReader reader, int offset, JsonNames names, scoped Span<JsonPiece> into)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var at = reader.ValueIsEscaped ? -1 : names.IndexOf(reader.ValueSpan);
            reader.Read();
            var value = Value(ref reader, offset);
            if (at >= 0) into[at] = value;
        }
    }

    /// <summary>The value on whose first token a reader stands; it is left on the last.</summary>
    public static JsonPiece Value(ref Utf8JsonReader reader, int offset)
    {
        var (start, kind) = ((int)reader.TokenStartIndex, reader.TokenType);
        reader.Skip();
        return new JsonPiece(start + offset, (int)reader.BytesConsumed - start, kind);
    }
}
