namespace GrainAnalytics.Cli.Spool;

/// <summary>What became of a spool.</summary>
internal sealed record ReplayReport
{
    /// <summary>Events that the spool held.</summary>
    public required long Events { get; init; }

    /// <summary>Events that were new to the database.</summary>
    public required long Stored { get; init; }

    /// <summary>Events that it had already.</summary>
    public required long Duplicates { get; init; }

    /// <summary>Events that were refused because their user was erased after they arrived.</summary>
    public required long Erased { get; init; }

    /// <summary>Events that it refused, or whose site is gone: they are in its table dead_letters.</summary>
    public required long SetAside { get; init; }

    /// <summary>Events that are still in the spool.</summary>
    public required long Left { get; init; }

    /// <summary>Damaged ranges of the spool's files, each kept in a file of its own.</summary>
    public required IReadOnlyList<string> Damaged { get; init; }

    /// <summary>How long it took.</summary>
    public required double ElapsedSeconds { get; init; }

    /// <summary>Why it did not come to its end; null when it did.</summary>
    public required string? Problem { get; init; }
}
