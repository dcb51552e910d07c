using GrainAnalytics.Web.Auth;
using GrainAnalytics.Web.Errors;
using GrainAnalytics.Web.Operations;

namespace GrainAnalytics.Web.Admin;

/// <summary>The policy of everything that reads or changes more than one site's data: the operator's token, always, and an end
/// to the waiting.</summary>
internal static class AdminEndpoint
{
    /// <summary>Answers an operator.</summary>
    public delegate Task Handler(HttpContext http, CancellationToken cancel);

    /// <summary>Puts the policy around a handler.</summary>
    /// <param name="guard">Knows the token.</param>
    /// <param name="handler">The handler.</param>
    /// <param name="timeout">When the waiting ends; null: as for lookups.</param>
    public static RequestDelegate Create(OperatorGuard guard, Handler handler, TimeSpan? timeout = null) => guard.Require(async http =>
    {
        // What is read and changed here is nobody's to keep on the way.
        http.Response.Headers.CacheControl = "no-store";
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        deadline.CancelAfter(timeout ?? ReadEndpoint.Timeout);
        try
        {
            await handler(http, deadline.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !http.RequestAborted.IsCancellationRequested
            && !http.Response.HasStarted)
        {
            await Problems.WriteAsync(http, 503, "admin-timeout", "The database took too long; what was begun may be done all the same.");
        }
    });
}
