using System.Diagnostics.Metrics;
using GrainAnalytics.Core.Ingestion;

namespace GrainAnalytics.Core.DeadLetters;

/// <summary>Why a rejected row was not kept.</summary>
public enum DropCause
{
    /// <summary>Its site had too many in a short time.</summary>
    Rate,
    /// <summary>Too many waited to be written.</summary>
    QueueFull,
    /// <summary>The database did not take it.</summary>
    StoreAway,
}

/// <summary>Why a dead letter was removed unasked.</summary>
public enum ExpiryCause
{
    /// <summary>Older than <see cref="DeadLetterOptions.MaxAge"/>.</summary>
    Age,
    /// <summary>Beyond <see cref="DeadLetterOptions.MaxCount"/>.</summary>
    Count,
    /// <summary>Beyond <see cref="DeadLetterOptions.MaxBytes"/>.</summary>
    Bytes,
}

/// <summary>Counts dead letters.</summary>
public sealed class DeadLetterMetrics
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "GrainAnalytics.DeadLetters";

    private static readonly KeyValuePair<string, object?>[] Reasons = Tags<IngestOutcome>("reason", outcome => outcome.Code());
    private static readonly KeyValuePair<string, object?>[] Outcomes = Tags<IngestOutcome>("outcome", outcome => outcome.Code());
    private static readonly KeyValuePair<string, object?>[] Drops =
        Tags<DropCause>("cause", cause => cause switch { DropCause.QueueFull => "queue-full", DropCause.StoreAway => "store-away", _ => "rate" });
    private static readonly KeyValuePair<string, object?>[] Expiries = Tags<ExpiryCause>("cause", cause => cause.ToString().ToLowerInvariant());

    private readonly Counter<long> _kept, _dropped, _retried, _expired, _deleted;

    /// <summary>Makes the instruments.</summary>
    public DeadLetterMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _kept = CreateKept(meter);
        _dropped = meter.CreateCounter<long>("grainanalytics.dead_letters.dropped", "{letter}", "Rejected rows that were not kept, by cause.");
        _retried = meter.CreateCounter<long>("grainanalytics.dead_letters.retried", "{letter}", "Dead letters that were tried again, by what became of them.");
        _expired = meter.CreateCounter<long>("grainanalytics.dead_letters.expired", "{letter}", "Dead letters removed by age, count or size.");
        _deleted = meter.CreateCounter<long>("grainanalytics.dead_letters.deleted", "{letter}", "Dead letters deleted by an operator.");
    }

    // The write buffer counts poison rows in its own meter, under the same name.
    internal static KeyValuePair<string, object?> Poison => Reasons[(int)IngestOutcome.PoisonRow];

    internal static Counter<long> CreateKept(Meter meter) =>
        meter.CreateCounter<long>("grainanalytics.dead_letters.kept", "{letter}", "Rows set aside, by reason.");

    /// <summary>Counts rows that were written as dead letters.</summary>
    public void Kept(IngestOutcome reason, int letters) => _kept.Add(letters, Reasons[(int)reason]);

    /// <summary>Counts rows that were not kept.</summary>
    public void Dropped(DropCause cause, int letters) => _dropped.Add(letters, Drops[(int)cause]);

    /// <summary>Counts a letter that was tried again.</summary>
    public void Retried(IngestOutcome outcome) => _retried.Add(1, Outcomes[(int)outcome]);

    /// <summary>Counts letters that were removed unasked.</summary>
    public void Expired(ExpiryCause cause, long letters) => _expired.Add(letters, Expiries[(int)cause]);

    /// <summary>Counts letters that an operator deleted.</summary>
    public void Deleted(long letters) => _deleted.Add(letters);

    /// <summary>Adds nothing to every counter, so that each exists before it first counts.</summary>
    public void Announce()
    {
        foreach (var outcome in Enum.GetValues<IngestOutcome>())
        {
            if (!outcome.IsRowRefusal()) continue;
            Kept(outcome, 0);
            _retried.Add(0, Outcomes[(int)outcome]);
        }
        foreach (var outcome in (IngestOutcome[])[IngestOutcome.Stored, IngestOutcome.Duplicate]) _retried.Add(0, Outcomes[(int)outcome]);
        foreach (var cause in Enum.GetValues<DropCause>()) Dropped(cause, 0);
        foreach (var cause in Enum.GetValues<ExpiryCause>()) Expired(cause, 0);
        Deleted(0);
    }

    private static KeyValuePair<string, object?>[] Tags<T>(string name, Func<T, string> text) where T : struct, Enum =>
        [.. Enum.GetValues<T>().Select(value => new KeyValuePair<string, object?>(name, text(value)))];
}
