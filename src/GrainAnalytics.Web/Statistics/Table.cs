using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Net.Http.Headers;

namespace GrainAnalytics.Web.Statistics;

/// <summary>Writes rows as JSON or, when the client prefers it, as CSV with the columns in the same order.</summary>
internal static class Table
{
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Answers with rows of two columns, a text and a number.</summary>
    /// <param name="http">The request.</param>
    /// <param name="columns">Names of the columns.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="members">Writes the members that stand before the data in JSON.</param>
    public static void Write(HttpContext http, (string Text, string Number) columns, IEnumerable<(string Text, long Number)> rows,
        Action<Utf8JsonWriter>? members = null)
    {
        http.Response.Headers.Vary = HeaderNames.Accept;
        if (PrefersCsv(http.Request)) WriteCsv(http.Response, columns, rows);
        else WriteJson(http.Response, columns, rows, members);
    }

    /// <summary>A field of CSV by RFC 4180: quoted when it has to be.</summary>
    internal static string Field(string text) =>
        text.AsSpan().ContainsAny("\",\r\n") ? $"\"{text.Replace("\"", "\"\"")}\"" : text;

    private static void WriteJson(HttpResponse response, (string Text, string Number) columns, IEnumerable<(string Text, long Number)> rows,
        Action<Utf8JsonWriter>? members)
    {
        response.ContentType = "application/json";
        using var json = new Utf8JsonWriter(response.BodyWriter, Json);
        json.WriteStartObject();
        members?.Invoke(json);
        json.WriteStartArray("data"u8);
        foreach (var (text, number) in rows)
        {
            json.WriteStartObject();
            json.WriteString(columns.Text, text);
            json.WriteNumber(columns.Number, number);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteCsv(HttpResponse response, (string Text, string Number) columns, IEnumerable<(string Text, long Number)> rows)
    {
        response.ContentType = "text/csv; charset=utf-8; header=present";
        var csv = new StringBuilder().Append(columns.Text).Append(',').Append(columns.Number).Append("\r\n");
        foreach (var (text, number) in rows) csv.Append(Field(text)).Append(',').Append(number).Append("\r\n");
        response.BodyWriter.Write(Encoding.UTF8.GetBytes(csv.ToString()));
    }

    private static bool PrefersCsv(HttpRequest request)
    {
        if (request.Headers.Accept.Count == 0) return false;
        double csv = 0, json = 0;
        foreach (var range in request.GetTypedHeaders().Accept)
        {
            if (range.MediaType == "text/csv") csv = range.Quality ?? 1;
            else if (range.MediaType == "application/json") json = range.Quality ?? 1;
        }
        return csv > 0 && csv >= json;
    }

}
