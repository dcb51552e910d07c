namespace GrainAnalytics.Core.Ingestion;

/// <summary>Why one event of a request was rejected.</summary>
/// <param name="Index">Its place in the request, from 0.</param>
/// <param name="Outcome">The reason, for programs.</param>
/// <param name="Detail">The reason, for people; names the field.</param>
public readonly record struct IngestError(int Index, IngestOutcome Outcome, string Detail);
