namespace GrainAnalytics.Web.Enrichment;

/// <summary>What is found out about events beside what their senders say; section <c>Enrichment</c>.</summary>
public sealed class EnrichmentOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Enrichment";

    /// <summary>Header in which a proxy in front tells the visitor's country by its ISO 3166-1 code, such as <c>CF-IPCountry</c>. Believed
    /// only of the proxies in <c>Proxy:Trusted</c>, of which there must be one.</summary>
    /// <value>Default empty: the country is told by the sender or by the visitor's time zone.</value>
    public string? CountryHeader { get; set; }

    /// <summary>The header's name, or null.</summary>
    internal string? Header => string.IsNullOrWhiteSpace(CountryHeader) ? null : CountryHeader.Trim();

    /// <summary>True when it could be a header's name, or there is none.</summary>
    internal bool IsHeaderName => Header is not { } name
        || name.Length <= 100 && !name.AsSpan().ContainsAnyExcept("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
}
