using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Core.Rollups;

/// <summary>What taking an event out of rollups needs to know of it.</summary>
/// <param name="OccurredAt">Unix microseconds.</param>
/// <param name="Session">Its session, or empty.</param>
/// <param name="Path">Path of its page, or empty.</param>
/// <param name="ContextId">What its visit came from and used, or null.</param>
/// <param name="EngagedMs">Milliseconds of attention that it reports.</param>
/// <param name="Type">Its type.</param>
/// <param name="IsBot">True when a crawler sent it: then it is in no rollup, but in its session.</param>
public readonly record struct ErasedEvent(long OccurredAt, Utf8Text Session, Utf8Text Path, long? ContextId, int EngagedMs, Utf8Text Type, bool IsBot);
