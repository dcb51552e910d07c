using System.ComponentModel.DataAnnotations;

namespace GrainAnalytics.Grains.Engine;

/// <summary>How this process takes part in its cluster; section <c>Cluster</c>.</summary>
public sealed class ClusterSettings
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Cluster";

    /// <summary>Silos with the same id and database are one cluster.</summary>
    /// <value>Default grain-analytics.</value>
    [StringLength(150, MinimumLength = 1)]
    public string ClusterId { get; set; } = "grain-analytics";

    /// <summary>Name under which the framework's own state is kept; stays the same when a cluster is replaced by another.</summary>
    /// <value>Default grain-analytics.</value>
    [StringLength(150, MinimumLength = 1)]
    public string ServiceId { get; set; } = "grain-analytics";

    /// <summary>TCP port for other silos.</summary>
    /// <value>Default 11111; 0: any free port, the same again after a restart when it is still free.</value>
    [Range(0, 65535)]
    public int SiloPort { get; set; } = 11111;

    /// <summary>TCP port for cluster clients, such as the operators' dashboard.</summary>
    /// <value>Default 30000; 0: any free port, the same again after a restart when it is still free.</value>
    [Range(0, 65535)]
    public int GatewayPort { get; set; } = 30000;

    /// <summary>IP address at which other silos reach this one.</summary>
    /// <value>Default: the first address of the host that is no loopback. A loopback address makes the silo listen there only.</value>
    public string? AdvertisedAddress { get; set; }

    /// <summary>What this silo does: <c>front</c> answers HTTP, <c>back</c> holds grains.</summary>
    /// <value>Default <c>front,back</c>. Every silo holds grains, so the other choice is <c>back</c>.</value>
    [RegularExpression("(?i) *(front *, *back|back *, *front|back) *", ErrorMessage = "Cluster:Roles must be \"front,back\" or \"back\".")]
    public string Roles { get; set; } = "front,back";

    /// <summary>How long a stopping silo still answers requests after it said that it is not ready, so that balancers notice.</summary>
    /// <value>Default 5 s. The last silo of a cluster does not wait.</value>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan DrainDelay { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest time that one request waits for other silos, a second attempt included; then it is answered 503.</summary>
    /// <value>Default 4.5 s.</value>
    [Range(typeof(TimeSpan), "00:00:00.500", "00:01:00")]
    public TimeSpan CallBudget { get; set; } = TimeSpan.FromSeconds(4.5);

    /// <summary>Time between two signs of life that silos ask of each other, and the longest that one waits for an answer.</summary>
    /// <value>Default 600 ms. A silo that misses <see cref="MissedProbes"/> in a row is voted out.</value>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromMilliseconds(600);

    /// <summary>Missing signs of life that make a silo suspect another.</summary>
    /// <value>Default 3.</value>
    [Range(1, 20)]
    public int MissedProbes { get; set; } = 3;

    /// <summary>Whether this silo has what the operators' dashboard asks it for.</summary>
    /// <value>Default true: a grain call costs 0.2 µs of CPU and 80 bytes more, 0.7 µs and 310 bytes while somebody looks
    /// (bench/dashboard-cost). The same on all silos of a cluster.</value>
    public bool Dashboard { get; set; } = true;

    /// <summary>True when this silo answers HTTP.</summary>
    public bool IsFront => Roles.Contains("front", StringComparison.OrdinalIgnoreCase);
}
