using System.Globalization;
using GrainAnalytics.Core.Limits;

namespace GrainAnalytics.Web.Errors;

/// <summary>Tells a refused client of the limit: Retry-After, and the fields of draft-ietf-httpapi-ratelimit-headers-11.</summary>
/// <remarks>Only on refusals: they would cost every other answer more than they tell. The unit "events" is ours; the draft's
/// registry has only requests and bytes.</remarks>
internal static class LimitHeaders
{
    /// <summary>Names of the fields, for browsers.</summary>
    public const string Exposed = "Retry-After, RateLimit, RateLimit-Policy";

    public static void Write(HttpResponse response, LimitReport limit)
    {
        // Whole seconds, upwards: who comes back then is let in.
        var reset = Seconds(limit.Reset);
        var unit = limit.Unit == "requests" ? "" : $";qu=\"{limit.Unit}\"";
        var window = limit.Window is { } span ? string.Create(CultureInfo.InvariantCulture, $";w={Seconds(span)}") : "";
        response.Headers["RateLimit-Policy"] = string.Create(CultureInfo.InvariantCulture, $"\"{limit.Policy}\";q={limit.Quota}{unit}{window}");
        response.Headers["RateLimit"] = string.Create(CultureInfo.InvariantCulture, $"\"{limit.Policy}\";r={limit.Left};t={reset}");
        RetryAfter(response, limit.Reset);
    }

    /// <summary>When to try again.</summary>
    public static void RetryAfter(HttpResponse response, TimeSpan wait) =>
        response.Headers.RetryAfter = Seconds(wait).ToString(CultureInfo.InvariantCulture);

    private static long Seconds(TimeSpan span) => Math.Max(1, (long)Math.Ceiling(span.TotalSeconds));
}
