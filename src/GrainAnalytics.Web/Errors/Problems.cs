using System.Text.Json;
using GrainAnalytics.Web.Http;

namespace GrainAnalytics.Web.Errors;

/// <summary>Answers that say what was wrong, as problem+json with a stable type.</summary>
internal static class Problems
{
    public const string ContentType = "application/problem+json";

    /// <summary>Seconds after which a client that was told 429 or 503 should try again.</summary>
    public const int RetryAfterSeconds = 1;

    /// <summary>Writes a problem.</summary>
    /// <param name="http">The request.</param>
    /// <param name="status">HTTP status.</param>
    /// <param name="code">Stable kebab-case name; becomes the type urn:grainanalytics:CODE.</param>
    /// <param name="detail">For people.</param>
    /// <param name="members">Writes further members, such as errors; null for none.</param>
    public static Task WriteAsync(HttpContext http, int status, string code, string detail, Action<Utf8JsonWriter>? members = null)
    {
        var response = http.Response;
        response.StatusCode = status;
        response.ContentType = ContentType;
        if (status is 429 or 503 && response.Headers.RetryAfter.Count == 0) response.Headers.RetryAfter = RetryAfterSeconds.ToString();
        if (status == 401) response.Headers.WWWAuthenticate = "Bearer";
        JsonReply.Write(response, (status, code, detail, members), static (json, problem) =>
        {
            json.WriteString("type"u8, $"urn:grainanalytics:{problem.code}");
            json.WriteString("title"u8, Title(problem.status));
            json.WriteNumber("status"u8, problem.status);
            json.WriteString("detail"u8, problem.detail);
            problem.members?.Invoke(json);
        });
        return Task.CompletedTask;
    }

    /// <summary>Writes a 400 that names the bad parameters.</summary>
    public static Task WriteParametersAsync(HttpContext http, IReadOnlyDictionary<string, string> errors) =>
        WriteAsync(http, 400, "invalid-parameter", string.Join(' ', errors.Select(e => $"{e.Key}: {e.Value}")), json =>
        {
            json.WriteStartObject("errors"u8);
            foreach (var (name, error) in errors)
            {
                json.WriteStartArray(name);
                json.WriteStringValue(error);
                json.WriteEndArray();
            }
            json.WriteEndObject();
        });

    private static string Title(int status) => Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status);
}
