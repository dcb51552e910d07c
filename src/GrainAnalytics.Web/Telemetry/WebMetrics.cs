using System.Diagnostics;
using System.Diagnostics.Metrics;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.Web.Http;

namespace GrainAnalytics.Web.Telemetry;

/// <summary>Measures requests.</summary>
internal sealed class WebMetrics
{
    public const string MeterName = "GrainAnalytics.Web";

    private static readonly KeyValuePair<string, object?>[] Endpoints =
        [.. Enum.GetNames<EndpointKind>().Select(name => new KeyValuePair<string, object?>("endpoint", name.ToLowerInvariant()))];
    private static readonly KeyValuePair<string, object?>[] Statuses =
        [.. Enumerable.Range(0, 10).Select(hundreds => new KeyValuePair<string, object?>("status", $"{hundreds}xx"))];

    private readonly Histogram<double> _duration;

    public WebMetrics(IMeterFactory meters) => _duration = meters.Create(MeterName).CreateHistogram("grainanalytics.request.duration", "s",
        "From a request's head to its answer, by endpoint and class of status.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = WriteMetrics.Seconds });

    /// <summary>Notes an answer.</summary>
    /// <param name="http">The request.</param>
    /// <param name="started">Stopwatch timestamp of its begin.</param>
    public void Answered(HttpContext http, long started)
    {
        var kind = http.GetEndpoint()?.Metadata.GetMetadata<EndpointKindMetadata>()?.Kind ?? EndpointKind.Other;
        // How long a viewer stays says nothing about the server.
        if (kind is EndpointKind.Live or EndpointKind.Export && http.Response.StatusCode == 200) return;
        _duration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, Endpoints[(int)kind], Statuses[http.Response.StatusCode / 100 % 10]);
    }
}
