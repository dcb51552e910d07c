using System.Buffers;

namespace GrainAnalytics.Core.Enrichment;

/// <summary>Names of programs that go through the web by themselves. What is not on the list is none: HTTP libraries, SDKs and an
/// absent agent are a server's or an app's, and a browser without a window may be anybody's.</summary>
internal static class Crawlers
{
    private static readonly SearchValues<string> Names =
        SearchValues.Create([.. DataFile.Rows("crawlers.txt").Select(row => row[0])], StringComparison.OrdinalIgnoreCase);

    /// <summary>True when an agent has one of the names anywhere in it.</summary>
    public static bool Has(ReadOnlySpan<char> agent) => agent.ContainsAny(Names);
}
