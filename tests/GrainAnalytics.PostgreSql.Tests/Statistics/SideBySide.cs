using GrainAnalytics.Testing;

namespace GrainAnalytics.PostgreSql.Tests.Statistics;

/// <summary>Rounds of a random test, each with a site of its own, some at a time: while one waits for the database another is counted by hand.</summary>
internal static class SideBySide
{
    private const int AtOnce = 2;

    /// <summary>Runs all rounds. A seed makes the same rounds again, whatever runs beside them.</summary>
    /// <param name="rounds">How many.</param>
    /// <param name="say">Prints the seed.</param>
    /// <param name="round">A round, by its number and with its own dice.</param>
    public static Task RunAsync(int rounds, Action<string> say, Func<int, Random, Task> round)
    {
        var seed = Seed.Choose(say);
        var next = -1;
        return Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Task.Run(async () =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < rounds;)
            {
                try
                {
                    await round(i, new Random(HashOf(seed, i)));
                }
                catch
                {
                    Interlocked.Exchange(ref next, rounds);     // the others need not begin
                    say($"Round {i} failed.");
                    throw;
                }
            }
        })));
    }

    private static int HashOf(int seed, int round) => unchecked((seed ^ (round * (int)0x9e3779b1)) & int.MaxValue);
}
