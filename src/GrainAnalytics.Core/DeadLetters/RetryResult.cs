using GrainAnalytics.Core.Ingestion;

namespace GrainAnalytics.Core.DeadLetters;

/// <summary>What became of a dead letter that was tried again.</summary>
/// <param name="Outcome">Stored or Duplicate: it is removed. A refusal of the row: it stays, with this reason. A refusal of a
/// request (the store is away, say): nothing changed. Null: it cannot be tried.</param>
/// <param name="Detail">For people; empty when it was stored.</param>
public readonly record struct RetryResult(IngestOutcome? Outcome, string Detail);

/// <summary>What became of many.</summary>
/// <param name="Stored">Stored now, and removed.</param>
/// <param name="Duplicates">Known already, and removed.</param>
/// <param name="Refused">Refused again, and kept.</param>
/// <param name="Skipped">Cannot be tried, because not all of it was kept, or it went meanwhile.</param>
/// <param name="Next">Where to go on: after the letter of this number; null when all were tried.</param>
/// <param name="Stopped">Why it ended early; null when it did not, or only because of the time or the limit.</param>
public sealed record RetrySummary(int Stored, int Duplicates, int Refused, int Skipped, long? Next, IngestOutcome? Stopped);
