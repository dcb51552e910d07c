using System.ComponentModel.DataAnnotations;

namespace GrainAnalytics.Core.Engine;

/// <summary>What the engine keeps in memory; section <c>Engine</c>.</summary>
public sealed class EngineOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Engine";

    /// <summary>How long a user, session or day that nobody touches stays in memory.</summary>
    /// <value>Default 10 minutes. Letting go loses nothing; the next lookup reads the database.</value>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan IdleAfter { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Stored events of a looked-up user that stay in memory.</summary>
    /// <value>Default 128: one more page of the default length, and some. Longer lookups continue in the database.</value>
    [Range(16, 2000)]
    public int TimelineTail { get; set; } = 128;
}
