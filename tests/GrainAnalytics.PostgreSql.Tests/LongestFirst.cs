using Xunit;
using Xunit.Abstractions;

[assembly: TestCollectionOrderer("GrainAnalytics.PostgreSql.Tests.LongestFirst", "GrainAnalytics.PostgreSql.Tests")]

namespace GrainAnalytics.PostgreSql.Tests;

/// <summary>Begins with the classes that take longest, so that none of them is left to run alone at the end.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Long = ["ErasureOracleTests", "RecountTests", ".OracleTests", "RezoneTests", "SpoolingEngineContractTests", "SingleNodeEngineTests", "BlockOracleTests", "PoisonTests", "WritersTests"];

    /// <inheritdoc/>
    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> collections) =>
        collections.OrderBy(collection => Array.FindIndex(Long, name => collection.DisplayName.EndsWith(name, StringComparison.Ordinal)) is >= 0 and var place ? place : Long.Length);
}
