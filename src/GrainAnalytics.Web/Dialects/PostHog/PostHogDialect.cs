using System.Buffers;
using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text;
using GrainAnalytics.Core.Ingestion;

namespace GrainAnalytics.Web.Dialects.PostHog;

/// <summary>PostHog's capture paths. The project's token is in the text, which comes as JSON, compressed or not, in base64 or in a form.</summary>
internal sealed class PostHogDialect : Dialect
{
    public override IngestOutcome Unwrap(DialectRequest request)
    {
        if (HttpMethods.IsGet(request.Http.Method))
        {
            if (!request.Http.Query.TryGetValue("data", out var data)) return IngestOutcome.NoEvents;
            request.Text = Encoding.UTF8.GetBytes(data[0] ?? "");
            return Decode(request);
        }
        if (!request.Text.Span.StartsWith("data="u8)) return Decode(request);
        var form = request.Text["data="u8.Length..];
        var end = form.Span.IndexOf((byte)'&');
        request.Text = Unescape(end < 0 ? form : form[..end]);
        return Decode(request);
    }

    public override IngestOutcome FindSites(DialectRequest request, List<string> names)
    {
        if (PostHogEvents.TokenOf(request.Text.Span) is { } token) names.Add(token);
        else if (DialectKeys.Find(request.Http) is { } key) names.Add(key);
        return IngestOutcome.Accepted;
    }

    public override IngestOutcome Translate(DialectRequest request) => PostHogEvents.Translate(request);

    public override void WriteAccepted(HttpResponse response, DialectRequest request, DialectResult result) =>
        DialectReply.Json(response, StatusCodes.Status200OK, """{"status":1}"""u8);

    public override void WriteRefused(HttpContext http, IngestOutcome outcome, int status, string detail) =>
        DialectReply.Json(http.Response, status, (outcome, status, detail), static (json, refusal) =>
        {
            json.WriteString("type"u8, refusal.status switch { 401 => "authentication_error"u8, < 500 => "validation_error"u8, _ => "server_error"u8 });
            json.WriteString("code"u8, refusal.status == 401 ? "invalid_api_key" : refusal.outcome.Code());
            json.WriteString("detail"u8, refusal.detail);
            json.WriteNull("attr"u8);
        });

    // Base64 unless it looks like JSON, which no base64 does.
    private static IngestOutcome Decode(DialectRequest request)
    {
        var at = request.Text.Span.IndexOfAnyExcept(" \t\r\n"u8);
        if (at < 0 || request.Text.Span[at] is (byte)'{' or (byte)'[') return IngestOutcome.Accepted;
        var bytes = Own(request.Text);
        // A plus that was not escaped in a form or a query has become a space.
        bytes.Span.Replace((byte)' ', (byte)'+');
        if (Base64.DecodeFromUtf8InPlace(bytes.Span, out var length) != OperationStatus.Done) return IngestOutcome.MalformedBody;
        request.Text = bytes[..length];
        return IngestOutcome.Accepted;
    }

    private static Memory<byte> Unescape(ReadOnlyMemory<byte> form)
    {
        var bytes = Own(form);
        var text = bytes.Span;
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%' && i + 2 < text.Length && Utf8Parser.TryParse(text.Slice(i + 1, 2), out byte value, out var used, 'x') && used == 2)
            {
                text[length++] = value;
                i += 2;
            }
            else text[length++] = text[i] == '+' ? (byte)' ' : text[i];
        }
        return bytes[..length];
    }

    // The memory is this request's alone, and what stood there is not needed any more.
    private static Memory<byte> Own(ReadOnlyMemory<byte> text) => MemoryMarshal.AsMemory(text);
}
