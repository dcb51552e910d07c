using System.Diagnostics.Metrics;
using GrainAnalytics.Core.DeadLetters;
using GrainAnalytics.Core.Engine;

namespace GrainAnalytics.Core.Writing;

/// <summary>Measures the write buffer.</summary>
public sealed class WriteMetrics
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "GrainAnalytics.Writing";

    /// <summary>Bucket bounds of durations, in seconds.</summary>
    public static readonly double[] Seconds = [.0005, .001, .002, .004, .008, .016, .032, .064, .128, .25, .5, 1, 2, 4, 8];

    private readonly Meter _meter;
    private readonly Histogram<double> _flush, _commit;
    private readonly Histogram<long> _size;
    private readonly Counter<long> _retries, _letters;

    /// <summary>Makes the instruments.</summary>
    public WriteMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _flush = _meter.CreateHistogram("grainanalytics.flush.duration", "s", "From taking a batch to having all its events decided.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds });
        _commit = _meter.CreateHistogram("grainanalytics.commit.duration", "s", "One transaction, round trip included.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds });
        _size = _meter.CreateHistogram("grainanalytics.flush.size", "{event}", "Events in a batch.",
            advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000] });
        _retries = _meter.CreateCounter<long>("grainanalytics.flush.retries", "{attempt}", "Transactions that had to be repeated.");
        _letters = DeadLetterMetrics.CreateKept(_meter);
    }

    internal void Flushed(int events, TimeSpan took)
    {
        _flush.Record(took.TotalSeconds);
        _size.Record(events);
    }

    internal void Committed(TimeSpan took) => _commit.Record(took.TotalSeconds);

    internal void Retried() => _retries.Add(1);

    internal void SetAside() => _letters.Add(1, DeadLetterMetrics.Poison);

    internal void Observe(Func<BufferStatus> status)
    {
        _meter.CreateObservableGauge("grainanalytics.buffer.events", () => status().Waiting, "{event}", "Events that wait for their write.");
        _meter.CreateObservableGauge("grainanalytics.buffer.utilization", () => (double)status().Waiting / status().EmergencyThreshold, "1",
            "Share of the emergency threshold that is in use.");
        _meter.CreateObservableGauge("grainanalytics.store.answers", () => status().StoreAnswers ? 1 : 0, "1", "1 while the database answers.");
    }
}
