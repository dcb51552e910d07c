using GrainAnalytics.Core.Enrichment;
using Microsoft.Extensions.Primitives;

namespace GrainAnalytics.Web.Enrichment;

/// <summary>Reads from a request what the ingest pipeline wants to know of its sender.</summary>
internal static class RequestHeaders
{
    /// <summary>The facts of a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="options">Names the header with the country.</param>
    public static RequestFacts Read(HttpRequest request, EnrichmentOptions options)
    {
        var headers = request.Headers;
        return new RequestFacts
        {
            UserAgent = First(headers.UserAgent),
            Brands = First(headers["Sec-CH-UA"]),
            Platform = First(headers["Sec-CH-UA-Platform"]),
            Mobile = First(headers["Sec-CH-UA-Mobile"]),
            AcceptLanguage = First(headers.AcceptLanguage),
            // Twice is a proxy that adds to what a client wrote: then nobody knows whose is whose.
            Country = options.Header is { } name && headers[name] is { Count: 1 } country ? country[0] : null,
            HasKeyHeader = headers.Authorization.Count > 0 || headers.ContainsKey("X-Write-Key"),
        };
    }

    private static string? First(StringValues values) => values.Count > 0 ? values[0] : null;
}
