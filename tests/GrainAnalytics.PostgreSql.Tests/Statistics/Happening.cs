using GrainAnalytics.Core.Enrichment;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Rollups;
using GrainAnalytics.Testing;

namespace GrainAnalytics.PostgreSql.Tests.Statistics;

/// <summary>An event of a random history, as the oracle counts it.</summary>
internal sealed record Happening(string Id, string User, string Type, long At, string? Session, string? Path)
{
    /// <summary>What its visit came from and used, by <see cref="Facts"/>' order; empty ones are left out.</summary>
    public string Country { get; init; } = "";

    public string Browser { get; init; } = "";

    public string Source { get; init; } = "";

    /// <summary>Of an identify: who the user was before, or null.</summary>
    public string? Anonymous { get; init; }

    public int EngagedMs { get; init; }

    /// <summary>JSON.</summary>
    public string Payload { get; init; } = "{}";

    public bool IsBot { get; init; }

    public bool IsCounted => !IsBot && Type is not ("identify" or "alias" or "group" or "engagement" or "$pageleave");

    public string Value(Dimension dimension) => dimension switch
    {
        Dimension.Page => Path ?? "",
        Dimension.Country => Country,
        Dimension.Browser => Browser,
        Dimension.Source => Source,
        _ => "",
    };

    public EncodedEvent Encode() => TestEvents.Make(User, Type, Id, At, Session, Anonymous, payload: Payload,
        facts: TestEvents.Facts(IsBot, EngagedMs, Path ?? "", (Fact.Source, Source), (Fact.Country, Country), (Fact.Browser, Browser)));
}
