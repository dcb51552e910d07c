using GrainAnalytics.Cli.Tests.Support;

namespace GrainAnalytics.Cli.Tests;

/// <summary>Wrong usage is exit code 2 and one line that names what is wrong.</summary>
public sealed class UsageTests
{
    [Theory]
    [InlineData("--url must be an address", "load", "--key", "k", "--url", "localhost")]
    [InlineData("--rate must be a number from 0, not \"-1\"", "load", "--key", "k", "--rate", "-1")]
    [InlineData("--shape must be single, batch or ndjson, not \"2\"", "load", "--key", "k", "--shape", "2")]
    [InlineData("--duration must be a duration such as", "load", "--key", "k", "--duration", "-5s")]
    [InlineData("--give-up must be a duration such as", "load", "--key", "k", "--give-up", "soon")]
    [InlineData("--batch-size must be a whole number from 1", "load", "--key", "k", "--batch-size", "0")]
    [InlineData("--users must be a whole number from 1", "load", "--key", "k", "--users", "many")]
    [InlineData("--key is missing; the environment variable GRAINANALYTICS_WRITE_KEY", "load")]
    [InlineData("--acked /nowhere/acked.tsv cannot be written", "load", "--key", "k", "--acked", "/nowhere/acked.tsv")]
    [InlineData("--key is missing; the environment variable GRAINANALYTICS_API_KEY", "verify", "file")]
    [InlineData("Required argument missing", "verify", "--key", "k")]
    [InlineData("/nowhere/acked.tsv cannot be read", "verify", "--key", "k", "/nowhere/acked.tsv")]
    [InlineData("--database is no connection string", "verify", "--key", "k", "--database", "nonsense", "/dev/null")]
    [InlineData("Required command was not provided")]
    [InlineData("Required argument missing for command: 'replay'", "spool", "replay")]
    [InlineData("--database is missing; the environment variable ConnectionStrings__Postgres", "spool", "replay", "/tmp")]
    [InlineData("See grain-analytics spool replay --help.", "spool", "replay", "/tmp", "--nonsense")]
    [InlineData("'nonsense'", "nonsense")]
    public async Task Wrong_usage_is_named(string named, params string[] arguments)
    {
        var outcome = await Tool.RunAsync(arguments);
        Assert.Equal(2, outcome.Code);
        Assert.Contains(named, outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", outcome.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("load", "--acked"), InlineData("verify", "--database")]
    public async Task Help_has_options_examples_and_exit_codes(string command, string option)
    {
        var help = await Tool.RunAsync(command, "--help");
        Assert.Equal(0, help.Code);
        Assert.All([option, "Examples:", $"grain-analytics {command} --key", "Exit codes: 0"], text => Assert.Contains(text, help.Output, StringComparison.Ordinal));
    }
}
