using GrainAnalytics.Core.Events;
using GrainAnalytics.Testing;

namespace GrainAnalytics.PostgreSql.Tests.Statistics;

/// <summary>An event of a random history, as the oracle counts it.</summary>
internal sealed record Happening(string Id, string User, string Type, long At, string? Session, string? Path)
{
    public bool IsCounted => Type is not ("identify" or "alias" or "group" or "engagement" or "$pageleave");

    public EncodedEvent Encode() => TestEvents.Make(User, Type, Id, At, Session, payload: Path is null ? "{}" : $$"""{"url":"https://example.org{{Path}}"}""");
}
