using System.Text;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Web.Errors;
using GrainAnalytics.Web.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace GrainAnalytics.Web.Tests;

/// <summary>Properties over generated bodies. A failure names its seed: the same seed makes the same body.</summary>
public sealed class RobustnessTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const int Cases = 60_000, Batches = 25_000, Requests = 3_000;

    private readonly RecordingEngine _engine = new();

    [Fact]
    public async Task Any_bytes_end_in_an_answer()
    {
        var pipeline = Pipeline();
        for (var seed = 0; seed < Cases; seed++)
        {
            var body = Body(new BodyGenerator(seed), out var isLines);
            await RunAsync(pipeline, seed, body, isLines);
        }
    }

    [Fact]
    public async Task Good_lines_survive_any_bytes_in_another_line()
    {
        var pipeline = Pipeline();
        for (var seed = 0; seed < Batches; seed++)
        {
            var generator = new BodyGenerator(seed);
            byte[] bad = [.. generator.Mutate(BodyGenerator.Good("bad")).Where(b => b != '\n')];
            byte[] body = [.. Encoding.UTF8.GetBytes(BodyGenerator.Good("good-1")), .. "\n"u8, .. bad, .. "\n"u8, .. Encoding.UTF8.GetBytes(BodyGenerator.Good("good-2"))];
            var outcome = await RunAsync(pipeline, seed, body, isLines: true);
            AssertGoodStored(seed, outcome, body);
        }
    }

    [Fact]
    public async Task Good_rows_survive_any_row_in_the_same_array()
    {
        var pipeline = Pipeline();
        for (var seed = 0; seed < Batches; seed++)
        {
            var generator = new BodyGenerator(seed);
            var rows = new List<string> { BodyGenerator.Good("good-1"), BodyGenerator.Good("good-2") };
            rows.Insert(generator.Next(3), generator.Row());
            var body = Encoding.UTF8.GetBytes($"[{string.Join(',', rows)}]");
            var outcome = await RunAsync(pipeline, seed, body, isLines: false);
            AssertGoodStored(seed, outcome, body);
        }
    }

    [Fact]
    public async Task Any_bytes_over_http_are_answered_and_never_with_500() =>
        await Parallel.ForAsync(0, Requests, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (seed, _) =>
        {
            var body = Body(new BodyGenerator(1_000_000 + seed), out var isLines);
            var encoding = (seed % 10) switch { 0 => "gzip", 1 => "br", 2 => "deflate", _ => null };
            using var response = await server.Writer.PostBytesAsync(body, isLines ? "application/x-ndjson" : "application/json", encoding);
            Assert.True((int)response.StatusCode is 202 or (>= 400 and < 500), $"seed {seed}: {(int)response.StatusCode}");
        });

    private static byte[] Body(BodyGenerator generator, out bool isLines)
    {
        isLines = generator.Next(3) == 0;
        switch (generator.Next(4))
        {
            case 0: return generator.Noise();
            case 1: return Encoding.UTF8.GetBytes(generator.Row());
            case 2: return generator.Mutate(BodyGenerator.Good("u"));
            default:
                var rows = Enumerable.Range(0, generator.Next(5)).Select(_ => generator.Row()).ToList();
                return generator.Mutate(isLines ? string.Join('\n', rows) : $"[{string.Join(',', rows)}]");
        }
    }

    private void AssertGoodStored(int seed, IngestOutcome outcome, byte[] body)
    {
        var users = _engine.Events.Select(e => e.UserIdText).ToHashSet();
        Assert.True(outcome == IngestOutcome.Accepted && users.Contains("good-1") && users.Contains("good-2"),
            $"seed {seed}: {outcome}, stored {string.Join(' ', users)} of {Encoding.UTF8.GetString(body)}");
    }

    private async Task<IngestOutcome> RunAsync(IngestPipeline pipeline, int seed, byte[] body, bool isLines)
    {
        _engine.Events.Clear();
        using var context = new IngestContext(new IngestOptions(), 1_790_000_000_000_000, "key", new IngestBytes(body, isLines));
        try
        {
            var outcome = await pipeline.RunAsync(context, CancellationToken.None);
            if (outcome == IngestOutcome.Accepted) Assert.Equal(context.Count, context.Verdicts.Length);
            else Assert.InRange(IngestProblems.Of(outcome).Status, 400, 499);
            return outcome;
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"seed {seed}, lines {isLines}: {Convert.ToHexString(body)}", e);
        }
    }

    private IngestPipeline Pipeline()
    {
        var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        return new IngestPipeline(_engine, _engine, new IngestMetrics(services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>()));
    }
}
