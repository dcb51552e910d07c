using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using GrainAnalytics.Core.Journeys;

namespace GrainAnalytics.Web.Journeys;

/// <summary>The answer of a journey lookup.</summary>
internal static class JourneyWriter
{
    private static readonly byte[] LastPage = "],\"nextCursor\":null}"u8.ToArray();

    public static Task WriteAsync(HttpContext http, string userId, JourneyPage page)
    {
        var name = JsonEncodedText.Encode(userId, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
        // Said only when it is so: clients need not look for it otherwise.
        var partial = page.IsPartial ? "\"partial\":true," : "";
        var head = Encoding.UTF8.GetBytes($"{{\"userId\":\"{name.Value}\",{partial}\"count\":{page.Events.Count},\"events\":[");
        // Cursors are base64url: nothing in them needs escaping.
        var tail = page.HasMore ? Encoding.UTF8.GetBytes($"],\"nextCursor\":\"{EventPosition.Of(page.Events[^1]).ToCursor()}\"}}") : LastPage;
        return EventListWriter.WriteAsync(http, head, page.Events, tail);
    }
}
