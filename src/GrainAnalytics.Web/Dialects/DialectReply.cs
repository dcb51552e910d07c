using System.Text.Json;
using GrainAnalytics.Web.Http;

namespace GrainAnalytics.Web.Dialects;

/// <summary>Short forms of answers.</summary>
internal static class DialectReply
{
    /// <summary>An answer that is always the same.</summary>
    public static void Write(HttpResponse response, int status, string contentType, ReadOnlySpan<byte> body)
    {
        response.StatusCode = status;
        response.ContentType = contentType;
        response.ContentLength = body.Length;
        var memory = response.BodyWriter.GetSpan(body.Length);
        body.CopyTo(memory);
        response.BodyWriter.Advance(body.Length);
    }

    /// <summary>A JSON object that is always the same.</summary>
    public static void Json(HttpResponse response, int status, ReadOnlySpan<byte> body) => Write(response, status, "application/json", body);

    /// <summary>A JSON object.</summary>
    public static void Json<T>(HttpResponse response, int status, T state, Action<Utf8JsonWriter, T> members)
    {
        response.StatusCode = status;
        response.ContentType = "application/json";
        JsonReply.Write(response, state, members);
    }
}
