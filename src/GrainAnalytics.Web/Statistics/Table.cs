using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using GrainAnalytics.Web.Http;
using Microsoft.Net.Http.Headers;

namespace GrainAnalytics.Web.Statistics;

/// <summary>Rows of a statistic, as CSV or as the objects of a JSON list.</summary>
/// <param name="Columns">Names of the columns, in the order of the JSON members.</param>
/// <param name="Rows">Cells: texts, numbers, truths or null.</param>
internal sealed record Table(string[] Columns, IEnumerable<object?[]> Rows)
{
    /// <summary>Answers with the rows as JSON or, when the client prefers it, as CSV.</summary>
    /// <param name="http">The request.</param>
    /// <param name="members">Writes the members that stand before the data in JSON.</param>
    /// <param name="list">Name of the list in JSON; "data" when empty.</param>
    public void Write(HttpContext http, Action<Utf8JsonWriter>? members = null, string list = "data") => Write(http, json =>
    {
        members?.Invoke(json);
        json.WriteStartArray(list);
        foreach (var row in Rows)
        {
            json.WriteStartObject();
            for (var i = 0; i < Columns.Length; i++)
            {
                json.WritePropertyName(Columns[i]);
                WriteCell(json, row[i]);
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }, this);

    /// <summary>Answers with JSON whose shape is its own, or with a table as CSV.</summary>
    /// <param name="http">The request.</param>
    /// <param name="members">Writes the members of the JSON object.</param>
    /// <param name="csv">The same as a table.</param>
    public static void Write(HttpContext http, Action<Utf8JsonWriter> members, Table csv)
    {
        http.Response.Headers.Vary = HeaderNames.Accept;
        if (PrefersCsv(http.Request)) csv.WriteCsv(http.Response);
        else
        {
            http.Response.ContentType = "application/json";
            JsonReply.Write(http.Response, members, static (json, write) => write(json));
        }
    }

    /// <summary>A field of CSV by RFC 4180: quoted when it has to be.</summary>
    internal static string Field(string text) =>
        text.AsSpan().ContainsAny("\",\r\n") ? $"\"{text.Replace("\"", "\"\"")}\"" : text;

    internal static void WriteCell(Utf8JsonWriter json, object? cell)
    {
        switch (cell)
        {
            case string text: json.WriteStringValue(text); break;
            case long number: json.WriteNumberValue(number); break;
            case int number: json.WriteNumberValue(number); break;
            case double number: json.WriteNumberValue(number); break;
            case bool truth: json.WriteBooleanValue(truth); break;
            default: json.WriteNullValue(); break;
        }
    }

    private void WriteCsv(HttpResponse response)
    {
        response.ContentType = "text/csv; charset=utf-8; header=present";
        var csv = new StringBuilder().AppendJoin(',', Columns).Append("\r\n");
        foreach (var row in Rows) csv.AppendJoin(',', row.Select(Text)).Append("\r\n");
        response.BodyWriter.Write(Encoding.UTF8.GetBytes(csv.ToString()));
    }

    private static string Text(object? cell) => cell switch
    {
        null => "",
        bool truth => truth ? "true" : "false",
        string text => Field(text),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => "",
    };

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
