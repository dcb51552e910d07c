namespace GrainAnalytics.Web.Errors;

/// <summary>Gives a body to answers that routing left without one.</summary>
internal static class UnmatchedAnswer
{
    public static Task WriteTooManyHeadersAsync(HttpContext http, int most) =>
        Problems.WriteAsync(http, 431, "too-many-headers", $"A request may have at most {most} header fields.");

    public static Task WriteAsync(HttpContext http)
    {
        var response = http.Response;
        switch (response.StatusCode)
        {
            case StatusCodes.Status404NotFound:
                return Problems.WriteAsync(http, 404, "not-found", "There is nothing at this path; /api-docs lists what there is.");
            case StatusCodes.Status405MethodNotAllowed when HttpMethods.IsOptions(http.Request.Method):
                // Routing has set Allow, which is all that OPTIONS asks for.
                response.StatusCode = StatusCodes.Status204NoContent;
                return Task.CompletedTask;
            case StatusCodes.Status405MethodNotAllowed:
                return Problems.WriteAsync(http, 405, "method-not-allowed", $"This path allows {response.Headers.Allow}.");
            default:
                return Problems.WriteAsync(http, response.StatusCode, "refused", "The request was refused.");
        }
    }
}
