using System.Diagnostics;
using System.Globalization;

namespace GrainAnalytics.Benchmarks;

/// <summary>What enriching adds to reading a request, as a ratio: both are run in turn, many times, and each one's quickest run counts, so that the
/// figure holds on a machine that others use too.</summary>
internal static class EnrichRatio
{
    private const int Rounds = 300;

    public static void Run()
    {
        foreach (var events in (int[])[1, 10, 100, 1000])
        {
            var benchmarks = new ParseBenchmarks { Events = events };
            benchmarks.Setup();
            var calls = Math.Max(1, 2000 / events);
            var (without, with) = (double.MaxValue, double.MaxValue);
            for (var round = 0; round < Rounds; round++)
            {
                without = Math.Min(without, Time(benchmarks.ParseValidateNormalize, calls));
                with = Math.Min(with, Time(benchmarks.ParseValidateEnrichNormalize, calls));
            }
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{events,5} events a request: {without / events,6:N0} ns an event without, {with / events,6:N0} ns with, x{with / without:N2}"));
        }
    }

    private static double Time(Func<int> run, int calls)
    {
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < calls; i++) run();
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / calls;
    }
}
