namespace GrainAnalytics.Cli.Verify;

/// <summary>What a verification found.</summary>
internal sealed record VerifyReport
{
    /// <summary>True when nothing was found.</summary>
    public required bool IsFine { get; init; }

    /// <summary>Acknowledged events that were looked for.</summary>
    public required long Acknowledged { get; init; }

    /// <summary>Users whose journeys were read.</summary>
    public required int Users { get; init; }

    /// <summary>Events in these journeys.</summary>
    public required long Stored { get; init; }

    /// <summary>Of these, those that are in no file: sent by others, or stored by a request whose 202 was never seen.</summary>
    public required long Unacknowledged { get; init; }

    /// <summary>Acknowledged events that are in no journey, or in the database have no row.</summary>
    public required long Lost { get; init; }

    /// <summary>Events that are there more than once.</summary>
    public required long Doubled { get; init; }

    /// <summary>Counters that the servers were asked for.</summary>
    public required int CountersCompared { get; init; }

    /// <summary>The site's rows; null when the database was not asked.</summary>
    public required long? Rows { get; init; }

    /// <summary>Everything that is wrong, by kind.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }
}
