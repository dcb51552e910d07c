using System.Text;

namespace GrainAnalytics.Core.Enrichment;

/// <summary>What a request's headers say of all its rows.</summary>
/// <param name="agent">The program that sent it.</param>
/// <param name="hasKeyHeader">See <see cref="RequestFacts.HasKeyHeader"/>.</param>
internal struct Visitor(Agent agent, bool hasKeyHeader)
{
    private byte[]? _language, _country;
    private byte[]? _lastAgent;     // a server sends many rows of few visitors, one after the other
    private Agent? _last;

    /// <summary>The program that sent the request.</summary>
    public readonly Agent Agent => agent;

    /// <summary>See <see cref="RequestFacts.HasKeyHeader"/>.</summary>
    public readonly bool HasKeyHeader => hasKeyHeader;

    /// <summary>Language tag, or empty.</summary>
    public readonly ReadOnlySpan<byte> Language => _language;

    /// <summary>Code of the country, or empty.</summary>
    public readonly ReadOnlySpan<byte> Country => _country;

    /// <summary>Notes the language.</summary>
    public void SetLanguage(ReadOnlySpan<byte> tag) => _language = tag.IsEmpty ? null : tag.ToArray();

    /// <summary>Notes the country.</summary>
    public void SetCountry(ReadOnlySpan<byte> code) => _country = code.IsEmpty ? null : code.ToArray();

    /// <summary>The agent that a row names in place of the request's.</summary>
    public Agent AgentOf(ReadOnlySpan<byte> text, AgentCache agents)
    {
        if (_last is not null && text.SequenceEqual(_lastAgent)) return _last;
        _lastAgent = text.ToArray();
        return _last = agents.Of(AgentKey.Of(Encoding.UTF8.GetString(text)));
    }
}
