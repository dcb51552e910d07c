using System.ComponentModel.DataAnnotations;

namespace GrainAnalytics.Core.DeadLetters;

/// <summary>How many dead letters are kept, and for how long; section <c>DeadLetters</c>.</summary>
/// <remarks>Count and size hold for each site and each form by itself: a flood of bad rows at one site pushes out neither
/// another site's letters nor events that the database refused. They are kept by an hourly clean-up and by one whenever a
/// server has added a tenth of them, oldest first, so that a little more may stand there for a while.</remarks>
public sealed class DeadLetterOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "DeadLetters";

    /// <summary>How long a dead letter is kept.</summary>
    /// <value>Default 30 days.</value>
    [Range(typeof(TimeSpan), "01:00:00", "3650.00:00:00")]
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Most letters of a site and form.</summary>
    /// <value>Default 100,000.</value>
    [Range(100, 10_000_000)]
    public int MaxCount { get; set; } = 100_000;

    /// <summary>Most bytes that the letters of a site and form hold of their originals.</summary>
    /// <value>Default 256 MiB.</value>
    [Range(1024 * 1024, 1024L * 1024 * 1024 * 1024)]
    public long MaxBytes { get; set; } = 256 * 1024 * 1024;

    /// <summary>Rejected rows of a site that one server keeps in a second, on average; ten times as many at once.</summary>
    /// <value>Default 100. What is beyond is named in the answer as ever and not kept. 0 keeps none; events that the database
    /// refused are always kept.</value>
    [Range(0, 100_000)]
    public int MaxPerSecond { get; set; } = 100;

    /// <summary>Memory for rejected rows that wait to be written.</summary>
    /// <value>Default 16 MiB. What is beyond is not kept.</value>
    [Range(64 * 1024, 1024 * 1024 * 1024)]
    public int QueueBytes { get; set; } = 16 * 1024 * 1024;
}
