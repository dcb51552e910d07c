using System.ComponentModel.DataAnnotations;

namespace GrainAnalytics.Core.Queries;

/// <summary>What questions may cost that no rollup answers; section <c>Statistics</c>.</summary>
public sealed class ScanOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Statistics";

    /// <summary>Longest time that reading raw events for one question may take, waiting for its turn included.</summary>
    /// <value>Default 10 s. Beyond it 503 and the database stops reading.</value>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan ScanBudget { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Questions of this process that read raw events at a time.</summary>
    /// <value>Default 2. Others wait for their turn.</value>
    [Range(1, 100)]
    public int MaxScans { get; set; } = 2;

    /// <summary>Whether closed days are read from blocks, which are built in the background once they are asked for.</summary>
    /// <value>Default true. False: always from raw events; what is built stays, and is kept true.</value>
    public bool UseBlocks { get; set; } = true;

    /// <summary>How many days back blocks are built of a site that is asked about, before a question misses them: of days with 10,000 events or more.</summary>
    /// <value>Default 90. 0: of days only that a question missed.</value>
    [Range(0, 3660)]
    public int BlockDays { get; set; } = 90;
}

/// <summary>A question would have cost more than it may.</summary>
/// <param name="isBusy">True when it waited for its turn in vain.</param>
/// <param name="budget">What it had.</param>
public sealed class ScanRefusedException(bool isBusy, TimeSpan budget) : Exception(isBusy
    ? $"Other questions read the raw events; this one waited {budget.TotalSeconds:0.#} s for its turn. Try again later."
    : $"The question needs the raw events, and reading them took longer than {budget.TotalSeconds:0.#} s. Ask for fewer days or without a filter.")
{
    /// <summary>True when it waited for its turn in vain, and may succeed later.</summary>
    public bool IsBusy { get; } = isBusy;
}
