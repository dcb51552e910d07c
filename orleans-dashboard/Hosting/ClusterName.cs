using System.ComponentModel.DataAnnotations;

namespace GrainAnalytics.OrleansDashboard.Hosting;

/// <summary>Which cluster to look at; section <c>Cluster</c>, with the names and defaults that silos have.</summary>
/// <remarks>Not the silos' own class: that one comes with everything a silo needs, and this program is a client.</remarks>
public sealed class ClusterName
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Cluster";

    /// <summary>As the silos have it.</summary>
    /// <value>Default grain-analytics.</value>
    [StringLength(150, MinimumLength = 1)]
    public string ClusterId { get; set; } = "grain-analytics";

    /// <summary>As the silos have it.</summary>
    /// <value>Default grain-analytics.</value>
    [StringLength(150, MinimumLength = 1)]
    public string ServiceId { get; set; } = "grain-analytics";
}
