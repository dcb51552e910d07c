using System.ComponentModel.DataAnnotations;

namespace GrainAnalytics.Core.Jobs;

/// <summary>How servers work off the job queue; section <c>Jobs</c>.</summary>
public sealed class JobOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Jobs";

    /// <summary>Whether this server runs jobs and plans the nightly ones. One server that does is enough.</summary>
    /// <value>Default true.</value>
    public bool Enabled { get; set; } = true;

    /// <summary>How often an idle server looks for a job.</summary>
    /// <value>Default 5 s.</value>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:10:00")]
    public TimeSpan Poll { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a job belongs to a server that is not heard of; it is renewed in thirds of it.</summary>
    /// <value>Default 1 min. After a kill the job waits so long for another server.</value>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How often a job is tried before it is dead.</summary>
    /// <value>Default 8.</value>
    [Range(1, 100)]
    public int MaxAttempts { get; set; } = 8;

    /// <summary>Pause before the second attempt; doubled before each further one.</summary>
    /// <value>Default 10 s.</value>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest pause between two attempts.</summary>
    /// <value>Default 1 h.</value>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan MaxRetryAfter { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long jobs that are over are kept: done, dead and cancelled ones.</summary>
    /// <value>Default 30 days.</value>
    [Range(typeof(TimeSpan), "2.00:00:00", "3650.00:00:00")]
    public TimeSpan KeepFor { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How long after a site's midnight its nightly jobs begin.</summary>
    /// <value>Default 10 min.</value>
    [Range(typeof(TimeSpan), "00:00:00", "12:00:00")]
    public TimeSpan AfterMidnight { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>The pause after a failed attempt.</summary>
    /// <param name="attempt">The attempt that failed, from 1.</param>
    public TimeSpan PauseAfter(int attempt)
    {
        // Beyond 40 doublings even 10 ms would be centuries.
        var ticks = RetryAfter.Ticks * Math.Pow(2, Math.Min(40, attempt - 1));
        return ticks < MaxRetryAfter.Ticks ? TimeSpan.FromTicks((long)ticks) : MaxRetryAfter;
    }
}
