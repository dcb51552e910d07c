namespace GrainAnalytics.Core.Enrichment;

/// <summary>What a request's headers say of who sent it; null where there is no such header. Its address is not among it.</summary>
public sealed record RequestFacts
{
    /// <summary>Nothing is known.</summary>
    public static RequestFacts None { get; } = new();

    /// <summary>User-Agent.</summary>
    public string? UserAgent { get; init; }

    /// <summary>Sec-CH-UA: a browser's names for itself.</summary>
    public string? Brands { get; init; }

    /// <summary>Sec-CH-UA-Platform: its operating system.</summary>
    public string? Platform { get; init; }

    /// <summary>Sec-CH-UA-Mobile: <c>?1</c> on a phone.</summary>
    public string? Mobile { get; init; }

    /// <summary>Accept-Language.</summary>
    public string? AcceptLanguage { get; init; }

    /// <summary>The country that a trusted proxy found.</summary>
    public string? Country { get; init; }

    /// <summary>True when the key came as Authorization or X-Write-Key: then a program sent it that somebody set up for it, and no crawler.</summary>
    public bool HasKeyHeader { get; init; }
}
