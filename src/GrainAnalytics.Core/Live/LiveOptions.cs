using System.ComponentModel.DataAnnotations;

namespace GrainAnalytics.Core.Live;

/// <summary>Limits and rhythm of the live feed; section <c>Live</c>.</summary>
public sealed class LiveOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Live";

    /// <summary>Most viewers of this process, over all sites.</summary>
    /// <value>Default 5,000. One more is answered 503 with Retry-After.</value>
    [Range(1, 1_000_000)]
    public int MaxViewers { get; set; } = 5000;

    /// <summary>Shortest time between two updates to a viewer.</summary>
    /// <value>Default 100 ms. The first change after a pause is passed on at once; shorter costs more and shows nothing
    /// that an eye could see.</value>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan UpdateInterval { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Time without an update after which a viewer is sent a comment, so that nothing on the way closes the connection.</summary>
    /// <value>Default 15 s.</value>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Most events that a snapshot or an update lists: the latest by arrival.</summary>
    /// <value>Default 20.</value>
    [Range(1, 100)]
    public int LatestEvents { get; set; } = 20;

    /// <summary>Longest time a viewer may take to read what was sent before its connection is closed.</summary>
    /// <value>Default 10 s. Until then it costs one update's bytes: what it misses is not queued.</value>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")]
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a site's live state is kept after its last viewer left.</summary>
    /// <value>Default 30 s: a page that is loaded again costs no read.</value>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan KeepFor { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often the counters of a watched site are read again, which heals whatever was lost on the way.</summary>
    /// <value>Default 30 s: one statement for each watched site, however many watch it.</value>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan RefreshEvery { get; set; } = TimeSpan.FromSeconds(30);
}
