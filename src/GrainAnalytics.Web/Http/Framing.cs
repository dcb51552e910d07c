using GrainAnalytics.Web.Errors;

namespace GrainAnalytics.Web.Http;

/// <summary>Where a request ends. A proxy in front that sees another end than this server would take a part of one client's
/// body for another client's request, so what can be read in two ways is refused and its connection closed.</summary>
internal static class Framing
{
    /// <summary>Makes the server demand CRLF at the ends of lines; it would take a lone LF as well. Before it starts.</summary>
    public static void DemandWholeLineEnds() =>
        AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators", true);

    /// <summary>True for bodies with a Content-Length, in chunks and nothing else, or without either. The server itself
    /// refuses lengths that contradict each other, and closes after a request with both.</summary>
    public static bool IsClear(HttpRequest request)
    {
        var encoding = request.Headers.TransferEncoding;
        return encoding.Count == 0 || encoding.Count == 1 && string.Equals(encoding[0], "chunked", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Answers 400.</summary>
    public static Task RefuseAsync(HttpContext http)
    {
        http.Response.Headers.Connection = "close";
        return Problems.WriteAsync(http, 400, "bad-request", "Transfer-Encoding must be chunked and nothing else.");
    }
}
