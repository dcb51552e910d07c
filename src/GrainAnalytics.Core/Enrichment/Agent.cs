namespace GrainAnalytics.Core.Enrichment;

/// <summary>What decides which agent it is.</summary>
/// <param name="UserAgent">The agent's text, or empty.</param>
/// <param name="Brands">Client hints, or empty: names of the browser,</param>
/// <param name="Platform">of the system,</param>
/// <param name="Mobile">and whether it is a phone.</param>
internal readonly record struct AgentKey(string UserAgent, string Brands, string Platform, string Mobile)
{
    private const int MaxAgent = 512, MaxHint = 256;

    /// <summary>True when there is nothing to tell it by.</summary>
    public bool IsEmpty => UserAgent.Length + Brands.Length + Platform.Length + Mobile.Length == 0;

    /// <summary>The key of a request's headers; what is longer than any agent's is cut.</summary>
    public static AgentKey Of(RequestFacts request) => new(Cut(request.UserAgent, MaxAgent), Cut(request.Brands, MaxHint),
        Cut(request.Platform, MaxHint), Cut(request.Mobile, MaxHint));

    /// <summary>The key of an agent's text alone.</summary>
    public static AgentKey Of(string userAgent) => new(Cut(userAgent, MaxAgent), "", "", "");

    private static string Cut(string? text, int most) => text is null ? "" : text.Length <= most ? text : text[..most];
}

/// <summary>A program that sends events.</summary>
/// <param name="IsCrawler">True when its name is on the list of crawlers.</param>
/// <param name="Facts">Device, browser and system, as far as known, as <see cref="FactsWriter"/> writes them.</param>
internal sealed record Agent(bool IsCrawler, byte[] Facts)
{
    /// <summary>Of which nothing is known.</summary>
    public static Agent Unknown { get; } = new(false, []);
}
