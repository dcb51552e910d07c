namespace GrainAnalytics.Cli.Load;

/// <summary>What came of a load.</summary>
internal sealed record LoadReport
{
    /// <summary>From the first request until the last answer.</summary>
    public required double ElapsedSeconds { get; init; }

    /// <summary>Events that were acknowledged.</summary>
    public required long Acknowledged { get; init; }

    /// <summary>Acknowledged events a second.</summary>
    public required double EventsPerSecond { get; init; }

    /// <summary>Of these, those that an attempt whose answer was lost had stored before.</summary>
    public required long Duplicates { get; init; }

    /// <summary>Events that a server refused for good.</summary>
    public required long Rejected { get; init; }

    /// <summary>Rejected events by reason.</summary>
    public required IReadOnlyDictionary<string, long> Rejections { get; init; }

    /// <summary>Events that were given up without an acknowledgement.</summary>
    public required long Unanswered { get; init; }

    /// <summary>Attempts by answer.</summary>
    public required IReadOnlyDictionary<string, long> Answers { get; init; }

    /// <summary>The first explanation that came with another answer than 202.</summary>
    public required string? FirstProblem { get; init; }

    /// <summary>How long 202s took.</summary>
    public required Spread LatencyMs { get; init; }

    /// <summary>How long 429s and 503s took.</summary>
    public required Spread RefusalMs { get; init; }

    /// <summary>From the first attempt to send an event until its 202, repetitions and pauses included.</summary>
    public required Spread WaitMs { get; init; }

    /// <summary>Longest time in which no client was told 202.</summary>
    public required double LongestSilenceSeconds { get; init; }

    /// <summary>CPU time of this program.</summary>
    public required double CpuSeconds { get; init; }

    /// <summary>Events acknowledged in each second.</summary>
    public required IReadOnlyList<long> AcknowledgedEachSecond { get; init; }

    /// <summary>Attempts that were not acknowledged, in each second.</summary>
    public required IReadOnlyList<long> RefusedEachSecond { get; init; }
}

/// <summary>Milliseconds that 50 %, 99 % and 100 % of all do not exceed.</summary>
internal sealed record Spread(double P50, double P99, double Max)
{
    public static Spread Of(Latencies latencies) =>
        new(Milliseconds(latencies.Percentile(0.5)), Milliseconds(latencies.Percentile(0.99)), Milliseconds(latencies.Max));

    private static double Milliseconds(TimeSpan duration) => Math.Round(duration.TotalMilliseconds, 3);
}
