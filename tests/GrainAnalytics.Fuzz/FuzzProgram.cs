using System.Globalization;
using GrainAnalytics.Fuzz.Targets;

namespace GrainAnalytics.Fuzz;

/// <summary>The command line: runs targets, or one input again.</summary>
internal static class FuzzProgram
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(10), Hanging = TimeSpan.FromMinutes(1);

    private static readonly string Usage = $"""
        --target NAME|all   {string.Join(", ", FuzzTargets.All.Keys)}
        --cases N           default 1000000
        --seed S            default 1; the same seed makes the same cases
        --workers N         threads, default 1
        --input HEX         runs this one input instead, as a failure prints it

        Exit code 0: no failure; 1: a case failed; 2: wrong usage; 3: a case did not end within a minute.
        """;

    /// <summary>Runs what the arguments say.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(string[] args, TextWriter output, TextWriter errors)
    {
        if (Parse(args) is not { } options || !TryChoose(options.GetValueOrDefault("target", ""), out var targets)
            || !long.TryParse(options.GetValueOrDefault("cases", "1000000"), NumberStyles.None, CultureInfo.InvariantCulture, out var cases)
            || !ulong.TryParse(options.GetValueOrDefault("seed", "1"), NumberStyles.None, CultureInfo.InvariantCulture, out var seed)
            || !int.TryParse(options.GetValueOrDefault("workers", "1"), NumberStyles.None, CultureInfo.InvariantCulture, out var workers) || workers is < 1 or > 64)
        {
            errors.WriteLine(Usage);
            return 2;
        }
        if (options.TryGetValue("input", out var hex)) return RunOne(targets, hex, output, errors);
        var run = new FuzzRun(cases, seed, workers);
        var failed = 0;
        foreach (var name in targets)
        {
            var report = RunWatched(name, run, errors);
            if (report is null) return 3;
            Print(name, run, report, output);
            if (report.Failure is not null) failed = 1;
        }
        return failed;
    }

    private static int RunOne(IReadOnlyList<string> targets, string hex, TextWriter output, TextWriter errors)
    {
        byte[] input;
        try
        {
            input = Convert.FromHexString(hex);
        }
        catch (FormatException)
        {
            errors.WriteLine("--input is not hexadecimal.");
            return 2;
        }
        foreach (var name in targets)
            try
            {
                output.WriteLine($"{name}: {FuzzTargets.All[name]().Check(input)}");
            }
            catch (Exception e)
            {
                // Whatever it is: telling it is what this program is for.
                output.WriteLine($"{name}: {e}");
                return 1;
            }
        return 0;
    }

    // The work goes on in its own threads; this one looks whether it moves, because a loop without end throws nothing.
    private static FuzzReport? RunWatched(string name, FuzzRun run, TextWriter errors)
    {
        var current = new long[run.Workers];
        var working = Task.Factory.StartNew(() => Fuzzer.Run(FuzzTargets.All[name], run, current), TaskCreationOptions.LongRunning);
        var (last, quiet) = ((long[])current.Clone(), new TimeSpan[run.Workers]);
        while (!working.Wait(LookEvery))
            for (var worker = 0; worker < run.Workers; worker++)
            {
                var number = Volatile.Read(ref current[worker]);
                quiet[worker] = number == last[worker] && number >= 0 ? quiet[worker] + LookEvery : TimeSpan.Zero;
                last[worker] = number;
                if (quiet[worker] < Hanging) continue;
                errors.WriteLine($"{name}: case {number} of seed {run.Seed} does not end");
                return null;
            }
        return working.Result;
    }

    private static void Print(string name, FuzzRun run, FuzzReport report, TextWriter output)
    {
        var rate = report.Cases / Math.Max(report.Elapsed.TotalSeconds, 0.001);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name}: {report.Cases:N0} cases of seed {run.Seed} in {report.Elapsed.TotalSeconds:N1} s, {rate:N0} a second, {(report.Failure is null ? "no failure" : "FAILED")}"));
        output.WriteLine("  " + string.Join(" · ", report.Kinds.Select(kind => string.Create(CultureInfo.InvariantCulture, $"{kind.Key} {100.0 * kind.Value / report.Cases:0.###} %"))));
        if (report.Failure is not { } failure) return;
        output.WriteLine($"  case {failure.Number}: {failure.Error}");
        output.WriteLine($"  again: --target {name} --input {Convert.ToHexString(Shrink(name, failure.Input))}");
    }

    private static byte[] Shrink(string name, byte[] input)
    {
        var target = FuzzTargets.All[name]();
        return Shrinker.Shrink(input, candidate =>
        {
            try
            {
                target.Check(candidate);
                return false;
            }
            catch (Exception)
            {
                return true;        // any failure will do
            }
        });
    }

    private static bool TryChoose(string name, out IReadOnlyList<string> targets)
    {
        targets = name == "all" ? [.. FuzzTargets.All.Keys] : FuzzTargets.All.ContainsKey(name) ? [name] : [];
        return targets.Count > 0;
    }

    private static Dictionary<string, string>? Parse(string[] args)
    {
        string[] known = ["target", "cases", "seed", "workers", "input"];
        var options = new Dictionary<string, string>();
        if (args.Length % 2 != 0) return null;
        for (var i = 0; i < args.Length; i += 2)
            if (!args[i].StartsWith("--", StringComparison.Ordinal) || !known.Contains(args[i][2..]) || !options.TryAdd(args[i][2..], args[i + 1])) return null;
        return options;
    }
}
