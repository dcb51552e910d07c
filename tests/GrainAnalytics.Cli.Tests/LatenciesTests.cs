using GrainAnalytics.Cli.Load;

namespace GrainAnalytics.Cli.Tests;

/// <summary>Percentiles from buckets.</summary>
public sealed class LatenciesTests
{
    [Theory]
    [InlineData(1), InlineData(2)]
    public void Percentiles_are_those_of_a_sorted_list_to_3_percent(int seed)
    {
        var random = new Random(seed);
        var all = Enumerable.Range(0, 20_000).Select(_ => TimeSpan.FromMicroseconds((long)Math.Exp(random.NextDouble() * 18))).ToArray();
        Latencies first = new(), second = new();
        foreach (var (i, value) in all.Index()) (i % 2 == 0 ? first : second).Add(value);
        first.Add(second);
        Array.Sort(all);
        foreach (var share in new[] { 0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1 })
        {
            var exact = all[(int)Math.Ceiling(share * all.Length) - 1];
            Assert.InRange(first.Percentile(share), exact, exact * 1.032);
        }
        Assert.Equal(all[^1], first.Max);
    }

    [Fact]
    public void Without_values_everything_is_zero() => Assert.Equal((TimeSpan.Zero, TimeSpan.Zero), (new Latencies().Percentile(0.99), new Latencies().Max));
}
