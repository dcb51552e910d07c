using Microsoft.AspNetCore.Http.Features;

namespace GrainAnalytics.Web.Http;

/// <summary>Ids that stand in the path. The server decodes a path except for %2F, which alone would be ambiguous.</summary>
internal static class PathId
{
    /// <summary>True when the request's own text has an escaped slash in the path segment with the given number.</summary>
    /// <param name="http">The request.</param>
    /// <param name="decoded">The segment as the server decoded it.</param>
    /// <param name="segment">Its number, from 0.</param>
    /// <param name="raw">The segment as it was sent, when true.</param>
    public static bool HasEscapedSlash(HttpContext http, string decoded, int segment, out string raw)
    {
        raw = "";
        // "%2F" in the decoded text comes from %2F or from %252F; without it nothing needs a second look.
        if (!decoded.Contains("%2F", StringComparison.OrdinalIgnoreCase)) return false;
        // Counted from the end, because what stands in front may not be part of the route.
        var segments = Segments(http.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "");
        raw = segment < segments.Count ? segments[^(segment + 1)] : "";
        return raw.Contains("%2F", StringComparison.OrdinalIgnoreCase);
    }

    // The segments of a request target as they were sent, without those that the server's removal of dot segments took away.
    private static List<string> Segments(string target)
    {
        var path = target.Split('?')[0];
        if (path.IndexOf("://", StringComparison.Ordinal) is > 0 and var scheme)
            path = path.IndexOf('/', scheme + 3) is > 0 and var start ? path[start..] : "/";
        var segments = new List<string>();
        foreach (var each in path.TrimStart('/').Split('/'))
            switch (Uri.UnescapeDataString(each))
            {
                case ".": break;
                case "..": if (segments.Count > 0) segments.RemoveAt(segments.Count - 1); break;
                default: segments.Add(each); break;
            }
        while (segments is [.., ""]) segments.RemoveAt(segments.Count - 1);
        return segments;
    }
}
