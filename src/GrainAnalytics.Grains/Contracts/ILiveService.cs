using Orleans.Services;

namespace GrainAnalytics.Grains.Contracts;

/// <summary>Each silo's ear for what is watched.</summary>
[Alias("ga.live-service")]
public interface ILiveService : IGrainService
{
    /// <summary>Makes the silo tell the site's grain what its commits change, for the next <see cref="Live.LiveLease.Duration"/>.</summary>
    [Alias("watch.v1")]
    Task WatchAsync(int siteId);

    /// <summary>Shows a site's state to the silo's viewers, if it has any: past the stream, for what must be known when the call returns.</summary>
    [Alias("show.v1")]
    Task ShowAsync(LiveViewWire view);
}
