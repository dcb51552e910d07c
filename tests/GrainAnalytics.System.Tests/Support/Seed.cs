using Xunit.Abstractions;

[assembly: CollectionBehavior(DisableTestParallelization = true)]   // each test starts several processes

namespace GrainAnalytics.System.Tests.Support;

/// <summary>Another choice of victims and pauses in every run, printed so that a failed one can be made again.</summary>
internal static class Seed
{
    private const string Variable = "GRAINANALYTICS_TEST_SEED";

    public static int Choose(ITestOutputHelper output)
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable(Variable), out var given) ? given : Random.Shared.Next();
        output.WriteLine($"{Variable}={seed}");
        return seed;
    }
}
