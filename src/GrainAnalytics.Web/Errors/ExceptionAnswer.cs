using GrainAnalytics.Core.Queries;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.Web.Http;

namespace GrainAnalytics.Web.Errors;

/// <summary>What an exception that left an endpoint is in HTTP and in the log.</summary>
internal static class ExceptionAnswer
{
    private const int ClientClosedRequest = 499;    // never sent; tells metrics from a success

    public static Task WriteAsync(HttpContext http, Exception error, ILogger log)
    {
        if (IsClientGone(http, error))
        {
            if (!http.Response.HasStarted) http.Response.StatusCode = ClientClosedRequest;
            return Task.CompletedTask;
        }
        var (status, code, detail) = Of(error);
        if (status >= 500 && status != 503)
        {
            // A scope only here: one around every request would cost more than the request.
            using (log.BeginScope(new Dictionary<string, object>
                   { ["RequestId"] = http.TraceIdentifier, ["Method"] = http.Request.Method, ["Path"] = http.Request.Path.ToString() }))
                log.RequestFailed(error);
        }
        else if (error is EventStoreException) log.StoreAway(error.Message);
        if (http.Response.HasStarted || http.Response.BodyWriter is { CanGetUnflushedBytes: true, UnflushedBytes: > 0 })
        {
            // Half an answer must not look like a whole one.
            http.Abort();
            return Task.CompletedTask;
        }
        http.Response.Clear();
        SecurityHeaders.Set(http.Response);
        return Problems.WriteAsync(http, status, code, detail);
    }

    private static (int Status, string Code, string Detail) Of(Exception error) => error switch
    {
        EventStoreException { Failure: not StoreFailure.BadData } => (503, "store-unavailable", "The database does not answer; try again later."),
        ScanRefusedException e => (503, e.IsBusy ? "scans-busy" : "scan-too-long", e.Message),
        BadHttpRequestException { StatusCode: 413 } e => (413, "body-too-large", e.Message),
        BadHttpRequestException { StatusCode: 408 } e => (408, "request-timeout", e.Message),
        BadHttpRequestException e => (e.StatusCode, "bad-request", e.Message),
        _ => (500, "internal-error", "The server failed; the error is in its log."),
    };

    private static bool IsClientGone(HttpContext http, Exception error) =>
        error is OperationCanceledException or IOException && http.RequestAborted.IsCancellationRequested;
}
