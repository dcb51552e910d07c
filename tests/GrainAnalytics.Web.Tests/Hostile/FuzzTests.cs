using System.Text;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Fuzz;
using GrainAnalytics.Fuzz.Generation;
using GrainAnalytics.Fuzz.Targets;

namespace GrainAnalytics.Web.Tests.Hostile;

/// <summary>A short run of every fuzz target; docs/hostile-input.md has the command for a long one.</summary>
public sealed class FuzzTests
{
    private const long Cases = 40_000;

    public static TheoryData<string> Targets => [.. FuzzTargets.All.Keys];

    [Theory, MemberData(nameof(Targets))]
    public void No_case_of_a_short_run_fails(string target)
    {
        var report = Fuzzer.Run(FuzzTargets.All[target], new FuzzRun(Cases, Seed: 20260921));
        Assert.True(report.Failure is null, report.Failure is { } failure
            ? $"case {failure.Number}: {failure.Error}\n--target {target} --input {Convert.ToHexString(failure.Input)}" : "");
        Assert.Equal(Cases, report.Cases);
        Assert.True(report.Kinds.Count > 1, $"Only cases of kind {report.Kinds[0].Key}: the inputs do not reach far.");
    }

    [Fact]
    public void Cases_of_the_parser_reach_every_refusal_of_a_row()
    {
        var kinds = Fuzzer.Run(FuzzTargets.All["parser"], new FuzzRun(Cases, Seed: 1)).Kinds.Select(kind => kind.Key.Split('/')[^1]).ToHashSet();
        var refusals = Enum.GetValues<IngestOutcome>().Where(outcome => outcome.IsRowRefusal() && outcome != IngestOutcome.PoisonRow);
        Assert.Empty(refusals.Select(outcome => outcome.Code()).Except(kinds));
    }

    [Fact]
    public void Every_body_of_the_corpus_passes_with_every_format_and_limit()
    {
        var parser = new ParserTarget();
        var files = Corpus.Read(".json").Concat(Corpus.Read(".ndjson")).ToList();
        Assert.NotEmpty(files);
        foreach (var (name, bytes) in files)
            for (byte choice = 0; choice < ParserTarget.Choices; choice++)
                Assert.False(string.IsNullOrEmpty(parser.Check([choice, .. bytes])), name);
    }

    [Fact]
    public void The_same_seed_makes_the_same_cases_whichever_worker_runs_them()
    {
        var one = Fuzzer.Run(FuzzTargets.All["json-text"], new FuzzRun(5_000, Seed: 3, Workers: 1));
        var three = Fuzzer.Run(FuzzTargets.All["json-text"], new FuzzRun(5_000, Seed: 3, Workers: 3));
        Assert.Equal(one.Kinds.OrderBy(kind => kind.Key), three.Kinds.OrderBy(kind => kind.Key));
    }

    [Fact]
    public void A_failing_case_is_found_and_made_small()
    {
        var report = Fuzzer.Run(() => new Broken(), new FuzzRun(10_000, Seed: 1));
        Assert.NotNull(report.Failure);
        Assert.IsType<FormatException>(report.Failure.Error);
        Assert.Contains("z{", Encoding.Latin1.GetString(report.Failure.Input));
        var small = Shrinker.Shrink(report.Failure.Input, input => Encoding.Latin1.GetString(input).Contains("z{", StringComparison.Ordinal));
        Assert.Equal("z{", Encoding.Latin1.GetString(small));
    }

    [Theory]
    [InlineData(0, "--target", "uuid", "--cases", "100"), InlineData(0, "--target", "uuid", "--input", "00ff"), InlineData(2, "--target", "none"), InlineData(2),
     InlineData(2, "--cases"), InlineData(2, "--target", "uuid", "--cases", "-1"), InlineData(2, "--target", "uuid", "--input", "xyz"), InlineData(2, "--other", "1")]
    public void The_command_line_says_what_is_wrong_with_it(int exitCode, params string[] arguments)
    {
        using StringWriter output = new(), errors = new();
        Assert.Equal(exitCode, FuzzProgram.Run(arguments, output, errors));
        Assert.Equal(exitCode == 0, errors.ToString().Length == 0);
        if (exitCode == 0) Assert.Contains("uuid", output.ToString());
    }

    /// <summary>Throws at two characters behind each other.</summary>
    private sealed class Broken : IFuzzTarget
    {
        public void Make(Dice dice, List<byte> input)
        {
            for (var length = dice.Below(50); length > 0; length--) input.Add((byte)('a' + dice.Below(27)));
        }

        public string Check(byte[] input) =>
            Encoding.Latin1.GetString(input).Contains("z{", StringComparison.Ordinal) ? throw new FormatException("broken") : "fine";
    }
}
