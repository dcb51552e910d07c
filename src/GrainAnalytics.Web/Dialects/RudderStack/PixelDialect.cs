using System.Text.Json;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Web.Dialects.Segment;

namespace GrainAnalytics.Web.Dialects.RudderStack;

/// <summary>RudderStack's pixel: a message in the query, where <c>properties.plan=pro</c> is a property. The answer is always the picture.</summary>
internal sealed class PixelDialect(string call) : SegmentDialect(call)
{
    private const string Properties = "properties.";

    private static readonly string[] Members = ["userId", "anonymousId", "messageId", "event", "name", "category", "originalTimestamp", "timestamp", "sentAt"];

    private static ReadOnlySpan<byte> Gif =>
    [
        0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 1, 0, 1, 0, 0x80, 0, 0, 0xff, 0xff, 0xff, 0, 0, 0, 0x21, 0xf9, 4, 1, 0, 0, 0, 0,
        0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3b,
    ];

    public override IngestOutcome Unwrap(DialectRequest request)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            foreach (var (name, values) in request.Http.Query)
                if (Array.IndexOf(Members, name) >= 0) json.WriteString(name, values[0]);
            json.WriteStartObject("properties"u8);
            foreach (var (name, values) in request.Http.Query)
                if (name.StartsWith(Properties, StringComparison.Ordinal) && name.Length > Properties.Length) json.WriteString(name[Properties.Length..], values[0]);
            json.WriteEndObject();
            // What the picture stands in is the page.
            if (request.Http.Headers.Referer is [{ Length: > 0 } page, ..])
            {
                json.WriteStartObject("context"u8);
                json.WriteStartObject("page"u8);
                json.WriteString("url"u8, page);
                json.WriteEndObject();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        request.Text = text.ToArray();
        return IngestOutcome.Accepted;
    }

    public override void WriteAccepted(HttpResponse response, DialectRequest request, DialectResult result) => WriteGif(response, StatusCodes.Status200OK);

    public override void WriteRefused(HttpContext http, IngestOutcome outcome, int status, string detail) => WriteGif(http.Response, status);

    private static void WriteGif(HttpResponse response, int status)
    {
        response.Headers.CacheControl = "no-store";
        DialectReply.Write(response, status, "image/gif", Gif);
    }
}
