using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Ingestion;

namespace GrainAnalytics.Core.DeadLetters;

/// <summary>A row of an accepted request that was rejected, on its way to the dead letters.</summary>
/// <param name="SiteId">Its site.</param>
/// <param name="Reason">Why it was rejected.</param>
/// <param name="Detail">The same for people, as the sender was told.</param>
/// <param name="Bytes">The row as it was sent, or its beginning.</param>
/// <param name="OriginalSize">Bytes of the row as it was sent.</param>
/// <param name="ReceivedAt">Arrival, Unix microseconds.</param>
/// <param name="Key">Identity that the event shall get if it names none: the same in every retry, so that it is stored once.</param>
public sealed record RejectedRow(int SiteId, IngestOutcome Reason, string Detail, byte[] Bytes, int OriginalSize, long ReceivedAt, EventKey Key);
