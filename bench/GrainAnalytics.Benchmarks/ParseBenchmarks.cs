using System.Text;
using BenchmarkDotNet.Attributes;
using GrainAnalytics.Core.Enrichment;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Benchmarks;

/// <summary>From a request's bytes to encoded events, beside the JSON reader alone over the same bytes.</summary>
[MemoryDiagnoser, ShortRunJob]
public class ParseBenchmarks
{
    private static readonly IngestOptions Options = new();
    private readonly long _now = TimeProvider.System.NowMicroseconds();
    private static readonly RequestFacts Request = new()
    {
        UserAgent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36",
        Brands = "\"Chromium\";v=\"124\", \"Google Chrome\";v=\"124\", \"Not-A.Brand\";v=\"99\"", Platform = "\"Windows\"", Mobile = "?0",
        AcceptLanguage = "de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7", Country = "DE",
    };
    private readonly IIngestStep[] _steps = [new ParseStep(), new ValidateStep(), new NormalizeStep()];
    private readonly IIngestStep[] _enriching = [new ParseStep(), new ValidateStep(), new EnrichStep(), new NormalizeStep()];
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

    /// <summary>Parse, validate and normalize: the pipeline's steps but one.</summary>
    [Benchmark]
    public int ParseValidateNormalize() => Run(_steps);

    /// <summary>The same with the step that enriches: an address with a query, a referrer, a screen, an agent and a language.</summary>
    [Benchmark]
    public int ParseValidateEnrichNormalize() => Run(_enriching);

    private int Run(IIngestStep[] steps)
    {
        using var context = new IngestContext(Options, _now, "key", new IngestBytes(_body)) { Request = Request };
        foreach (var step in steps)
            if (step.RunAsync(context, default).Result != IngestOutcome.Accepted) throw new InvalidOperationException("refused");
        return context.Events.Length;
    }
}
