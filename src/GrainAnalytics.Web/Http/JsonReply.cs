using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace GrainAnalytics.Web.Http;

/// <summary>Writes a JSON object of moderate size as an answer, with its length in front, in memory that is used again.</summary>
internal static class JsonReply
{
    private const int LargestKept = 256 * 1024;

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? t_buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? t_json;

    /// <summary>Writes the object that <paramref name="members"/> fills.</summary>
    /// <param name="response">Its status and content type are set already.</param>
    /// <param name="state">Goes to <paramref name="members"/>, so that it need not capture anything.</param>
    /// <param name="members">Writes the members.</param>
    public static void Write<T>(HttpResponse response, T state, Action<Utf8JsonWriter, T> members)
    {
        var buffer = t_buffer ?? new ArrayBufferWriter<byte>(1024);
        var json = t_json ?? new Utf8JsonWriter(buffer, Options);
        // Taken off the thread while in use: an error in the middle leaves nothing half-written behind.
        (t_buffer, t_json) = (null, null);
        json.WriteStartObject();
        members(json, state);
        json.WriteEndObject();
        json.Flush();
        response.ContentLength = buffer.WrittenCount;
        response.BodyWriter.Write(buffer.WrittenSpan);
        if (buffer.Capacity > LargestKept) return;
        buffer.ResetWrittenCount();
        json.Reset(buffer);
        (t_buffer, t_json) = (buffer, json);
    }
}
