using System.Diagnostics;
using GrainAnalytics.Fuzz.Generation;

namespace GrainAnalytics.Fuzz;

/// <summary>What a run was asked to do.</summary>
/// <param name="Cases">How many cases.</param>
/// <param name="Seed">Decides all of them.</param>
/// <param name="Workers">Threads; which one runs a case changes nothing.</param>
internal sealed record FuzzRun(long Cases, ulong Seed, int Workers = 1);

/// <summary>A case that failed.</summary>
/// <param name="Number">Its number in the run.</param>
/// <param name="Input">Its bytes.</param>
/// <param name="Error">What went wrong.</param>
internal sealed record FailedCase(long Number, byte[] Input, Exception Error);

/// <summary>What came of a run.</summary>
/// <param name="Cases">Cases run; fewer than asked for after a failure.</param>
/// <param name="Elapsed">Time taken.</param>
/// <param name="Kinds">Cases by kind, most frequent first.</param>
/// <param name="Failure">The failed case with the lowest number, or null.</param>
internal sealed record FuzzReport(long Cases, TimeSpan Elapsed, IReadOnlyList<KeyValuePair<string, long>> Kinds, FailedCase? Failure);

/// <summary>Runs cases of a target until one fails.</summary>
internal static class Fuzzer
{
    // Workers take numbers in portions, so that they seldom meet.
    private const int Portion = 64;

    /// <summary>Runs the cases.</summary>
    /// <param name="create">Makes a worker's own instance of the target.</param>
    /// <param name="run">Which cases.</param>
    /// <param name="current">A place for each worker: the number of the case it runs, for who watches from another thread; -1
    /// when it has ended.</param>
    public static FuzzReport Run(Func<IFuzzTarget> create, FuzzRun run, long[]? current = null)
    {
        var started = Stopwatch.GetTimestamp();
        long next = 0, done = 0;
        var gate = new Lock();
        var kinds = new Dictionary<string, long>();
        FailedCase? failure = null;

        void Work(int worker)
        {
            var target = create();
            var dice = new Dice();
            var input = new List<byte>();
            var seen = new Dictionary<string, long>();
            long mine = 0;
            while (true)
            {
                var from = Interlocked.Add(ref next, Portion) - Portion;
                if (from >= run.Cases || Volatile.Read(ref failure) is not null) break;
                for (var number = from; number < Math.Min(from + Portion, run.Cases); number++)
                {
                    mine++;
                    if (current is not null) Volatile.Write(ref current[worker], number);
                    if (RunOne(target, dice, run.Seed, number, input, out var kind) is { } failed)
                    {
                        lock (gate)
                            if (failure is null || failed.Number < failure.Number) failure = failed;
                        break;
                    }
                    System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(seen, kind, out _)++;
                }
            }
            if (current is not null) Volatile.Write(ref current[worker], -1);
            lock (gate)
            {
                done += mine;
                foreach (var (kind, count) in seen) kinds[kind] = kinds.GetValueOrDefault(kind) + count;
            }
        }

        // Threads of their own with a main thread's room: what overflows the stack here would in the server too.
        var workers = Enumerable.Range(0, run.Workers).Select(worker => new Thread(() => Work(worker))).ToArray();
        foreach (var worker in workers) worker.Start();
        foreach (var worker in workers) worker.Join();
        return new FuzzReport(done, Stopwatch.GetElapsedTime(started), [.. kinds.OrderByDescending(k => k.Value)], failure);
    }

    private static FailedCase? RunOne(IFuzzTarget target, Dice dice, ulong seed, long number, List<byte> input, out string kind)
    {
        kind = "";
        byte[] bytes = [];
        try
        {
            input.Clear();
            dice.Reset(Dice.SeedOf(seed, number));
            target.Make(dice, input);
            bytes = [.. input];
            kind = target.Check(bytes);
            return null;
        }
        catch (Exception e)
        {
            return new FailedCase(number, bytes, e);
        }
    }
}
