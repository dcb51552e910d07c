using System.Text;
using BenchmarkDotNet.Attributes;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Benchmarks;

/// <summary>From a request's bytes to encoded events, beside the JSON reader alone over the same bytes.</summary>
[MemoryDiagnoser, ShortRunJob]
public class ParseBenchmarks
{
    private static readonly IngestOptions Options = new();
    private readonly long _now = TimeProvider.System.NowMicroseconds();
    private readonly IIngestStep[] _steps = [new ParseStep(), new ValidateStep(), new NormalizeStep()];
    private byte[] _body = [];

    /// <summary>Events in the request.</summary>
    [Params(1, 100)]
    public int Events { get; set; }

    /// <summary>Makes the body.</summary>
    [GlobalSetup]
    public void Setup()
    {
        var source = new RigEvents(1);
        var events = Enumerable.Range(0, Events).Select(_ => source.NextJson(_now));
        _body = Encoding.UTF8.GetBytes(Events == 1 ? events.Single() : $"[{string.Join(',', events)}]");
    }

    /// <summary>What any parser has to do at least.</summary>
    [Benchmark(Baseline = true)]
    public int ReadTokens()
    {
        var reader = new System.Text.Json.Utf8JsonReader(_body);
        var tokens = 0;
        while (reader.Read()) tokens++;
        return tokens;
    }

    /// <summary>Parse, validate and normalize: the pipeline's steps.</summary>
    [Benchmark]
    public int ParseValidateNormalize()
    {
        using var context = new IngestContext(Options, _now, "key", new IngestBytes(_body));
        foreach (var step in _steps)
            if (step.RunAsync(context, default).Result != IngestOutcome.Accepted) throw new InvalidOperationException("refused");
        return context.Events.Length;
    }
}
