namespace GrainAnalytics.Core.Enrichment;

/// <summary>What a request's headers say of all its rows.</summary>
/// <param name="agent">The program that sent it.</param>
/// <param name="hasKeyHeader">See <see cref="RequestFacts.HasKeyHeader"/>.</param>
internal struct Visitor(Agent agent, bool hasKeyHeader)
{
    /// <summary>The program that sent the request.</summary>
    public readonly Agent Agent => agent;

    /// <summary>See <see cref="RequestFacts.HasKeyHeader"/>.</summary>
    public readonly bool HasKeyHeader => hasKeyHeader;

    /// <summary>Language tag, empty or null for none.</summary>
    public byte[]? Language;

    /// <summary>Code of the country, empty or null for none.</summary>
    public byte[]? Country;

    /// <summary>The agent that the last row named in place of the request's, and its text.</summary>
    public Agent? LastAgent;

    /// <summary>See <see cref="LastAgent"/>.</summary>
    public byte[]? LastText;
}
