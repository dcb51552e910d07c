using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Core.Rollups;

/// <summary>What rollups need to know of a stored event.</summary>
/// <param name="OccurredAt">Unix microseconds.</param>
/// <param name="UserId">Whose it is, as sent.</param>
/// <param name="Session">Its session, or empty.</param>
/// <param name="Path">Path of its page, or empty.</param>
/// <param name="Context">What its visit came from and used, as EventFacts has it, or empty.</param>
/// <param name="EngagedMs">Milliseconds of attention that it reports.</param>
/// <param name="IsCounted">False for types that are no activity.</param>
/// <param name="IsPageView">True for page views.</param>
public readonly record struct JournalEvent(long OccurredAt, Utf8Text UserId, Utf8Text Session, Utf8Text Path, Utf8Text Context, int EngagedMs,
    bool IsCounted, bool IsPageView)
{
    /// <summary>True when it belongs to a session.</summary>
    public bool HasSession => !Session.Bytes.IsEmpty;

    /// <summary>True when it names a page.</summary>
    public bool HasPath => !Path.Bytes.IsEmpty;
}
