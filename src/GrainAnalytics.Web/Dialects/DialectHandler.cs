using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Core.Visitors;
using GrainAnalytics.Web.Enrichment;
using GrainAnalytics.Web.Errors;
using GrainAnalytics.Web.Ingestion;

namespace GrainAnalytics.Web.Dialects;

/// <summary>Brings the requests of dialects through the pipeline that every event goes through.</summary>
internal sealed class DialectHandler(IngestPipeline pipeline, IngestOptions options, TimeProvider time, BodyMemory memory, EnrichmentOptions enrichment, IVisitorSalts salts)
{
    private const int MostSites = 20;       // that one request may name

    /// <summary>The endpoint of a dialect.</summary>
    public RequestDelegate For(Dialect dialect) => http => HandleAsync(http, dialect);

    private async Task HandleAsync(HttpContext http, Dialect dialect)
    {
        CrossOrigin.Allow(http);
        using var request = new DialectRequest(http.Request, dialect, options, time.NowMicroseconds(), memory, salts);
        var result = new DialectResult();
        if (dialect.KeyOf(http.Request) is { } key)
        {
            await RunAsync([key], request, result, http.RequestAborted);
            if (result.Outcome == IngestOutcome.UnknownKey && dialect.SecondKeyOf(http.Request) is { } second)
                await RunAsync([second], request, result = new DialectResult(), http.RequestAborted);
        }
        else await RunNamedAsync(dialect, request, result, http.RequestAborted);
        if (result.Outcome == IngestOutcome.Accepted) dialect.WriteAccepted(http.Response, request, result);
        else Refuse(http, dialect, result);
    }

    // Before the pipeline has let it in: whose it is stands in the text. The memory for bodies is bounded all the same.
    private async ValueTask RunNamedAsync(Dialect dialect, DialectRequest request, DialectResult result, CancellationToken cancel)
    {
        var outcome = await request.LoadAsync(options.MaxBodyBytes, cancel);
        var names = new List<string>(1);
        if (outcome == IngestOutcome.Accepted) outcome = request.FindSites(names);
        if (outcome != IngestOutcome.Accepted) result.Refuse(outcome);
        else if (names.Count == 0) result.Refuse(IngestOutcome.MissingKey);
        else if (names.Count > MostSites) result.Refuse(IngestOutcome.TooManyEvents);
        else await RunAsync(names, request, result, cancel, isNamed: true);
    }

    private async ValueTask RunAsync(List<string> sites, DialectRequest request, DialectResult result, CancellationToken cancel, bool isNamed = false)
    {
        foreach (var site in sites)
        {
            using var context = new IngestContext(options, request.ReceivedAt, site, request)
            {
                MayNameSite = true, KeepsRejected = true, Request = RequestHeaders.Read(request.Http, enrichment),
            };
            (request.Context, request.SiteName) = (context, isNamed ? site : null);
            if (!result.Add(await pipeline.RunAsync(context, cancel), context)) return;
        }
        result.Finish(sites.Count);
    }

    private static void Refuse(HttpContext http, Dialect dialect, DialectResult result)
    {
        var (status, detail) = IngestProblems.Of(result.Outcome);
        if (result.Limit is { } limit) LimitHeaders.Write(http.Response, limit);
        else if (status is 429 or 503) LimitHeaders.RetryAfter(http.Response, result.RetryAfter ?? TimeSpan.FromSeconds(Problems.RetryAfterSeconds));
        dialect.WriteRefused(http, result.Outcome, status, result.Detail ?? detail);
    }
}
