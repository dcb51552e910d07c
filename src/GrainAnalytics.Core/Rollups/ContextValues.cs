using GrainAnalytics.Core.Enrichment;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Core.Rollups;

/// <summary>What a visit came from and used, as values of dimensions.</summary>
public static class ContextValues
{
    /// <summary>Values of a context's dimensions; each at most once.</summary>
    /// <param name="context"><see cref="EventFacts.ContextBytes"/>.</param>
    public static IReadOnlyList<(Dimension Dimension, Utf8Text Value)> Read(Utf8Text context)
    {
        var values = new List<(Dimension, Utf8Text)>(14);
        foreach (var (fact, value) in new EventFacts(context.Bytes))
            if (DimensionOf(fact) is { } dimension) values.Add((dimension, new Utf8Text(value)));
        return values;
    }

    private static Dimension? DimensionOf(Fact fact) => fact switch
    {
        Fact.Host => Dimension.Host,
        Fact.Referrer => Dimension.Referrer,
        Fact.Source => Dimension.Source,
        Fact.Medium => Dimension.Medium,
        Fact.Campaign => Dimension.Campaign,
        Fact.Term => Dimension.Term,
        Fact.Content => Dimension.Content,
        Fact.Channel => Dimension.Channel,
        Fact.Country => Dimension.Country,
        Fact.Language => Dimension.Language,
        Fact.Device => Dimension.Device,
        Fact.Browser => Dimension.Browser,
        Fact.Os => Dimension.Os,
        Fact.Screen => Dimension.Screen,
        _ => null,
    };
}
