using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;

namespace GrainAnalytics.OrleansDashboard.Hosting;

/// <summary>Answers that say what was wrong, in the servers' form: problem+json with a stable type.</summary>
internal static class Problems
{
    /// <summary>Writes a problem.</summary>
    /// <param name="http">The request.</param>
    /// <param name="status">HTTP status.</param>
    /// <param name="code">Stable kebab-case name; becomes the type urn:grainanalytics:CODE.</param>
    /// <param name="detail">For people.</param>
    public static Task WriteAsync(HttpContext http, int status, string code, string detail)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/problem+json";
        if (status == StatusCodes.Status503ServiceUnavailable) http.Response.Headers.RetryAfter = "5";
        return http.Response.WriteAsync(JsonSerializer.Serialize(
            new { type = $"urn:grainanalytics:{code}", title = ReasonPhrases.GetReasonPhrase(status), status, detail }), http.RequestAborted);
    }
}
