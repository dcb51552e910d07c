using GrainAnalytics.Core.Sites;

namespace GrainAnalytics.Core.Live;

/// <summary>Makes the bytes that viewers are sent. The hub asks once for all viewers who need the same.</summary>
public interface ILiveFormat
{
    /// <summary>Keeps a connection alive and says nothing.</summary>
    byte[] Heartbeat { get; }

    /// <summary>The whole view.</summary>
    byte[] Snapshot(Site site, LiveView view);

    /// <summary>What changed in a view since an earlier one of the same epoch and day.</summary>
    /// <param name="view">The view.</param>
    /// <param name="since">Sequence of the earlier one.</param>
    byte[] Update(LiveView view, long since);
}
