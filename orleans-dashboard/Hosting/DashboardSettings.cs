using System.ComponentModel.DataAnnotations;

namespace GrainAnalytics.OrleansDashboard.Hosting;

/// <summary>Who may look, and for how long; section <c>Dashboard</c>.</summary>
public sealed class DashboardSettings
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Dashboard";

    /// <summary>What people and scripts must know to see anything.</summary>
    /// <value>No default: without it the program does not start. White space around it is ignored.</value>
    public string AdminToken { get; set; } = "";

    /// <summary>How long a browser stays signed in, however much it is used.</summary>
    /// <value>Default 12 h.</value>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan SessionLifetime { get; set; } = TimeSpan.FromHours(12);
}
