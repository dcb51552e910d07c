namespace GrainAnalytics.Cli.Load;

/// <summary>What one client saw; added up at the end, so that clients do not wait for each other's counters.</summary>
internal sealed class Meter
{
    /// <summary>Events by fate.</summary>
    public long Duplicates, Rejected, Unanswered;

    /// <summary>Requests by answer: a status, "no connection" (refused, or cut before the whole answer had come) or "timeout".</summary>
    public SortedDictionary<string, long> Answers { get; } = new(StringComparer.Ordinal);

    /// <summary>Refused rows by reason.</summary>
    public SortedDictionary<string, long> Rejections { get; } = new(StringComparer.Ordinal);

    /// <summary>How long 202s took to come; likewise refusals (429 and 503).</summary>
    public Latencies Acknowledged { get; } = new();

    /// <inheritdoc cref="Acknowledged"/>
    public Latencies Refused { get; } = new();

    /// <summary>From the first attempt until the 202.</summary>
    public Latencies Waits { get; } = new();

    /// <summary>The first explanation that came with another answer than 202.</summary>
    public string? FirstProblem;

    public void Answered(string answer, string? problem)
    {
        Count(Answers, answer, 1);
        FirstProblem ??= problem;
    }

    public void Reject(string code, long events)
    {
        Rejected += events;
        Count(Rejections, code, events);
    }

    public void Add(Meter other)
    {
        Duplicates += other.Duplicates;
        Rejected += other.Rejected;
        Unanswered += other.Unanswered;
        foreach (var (answer, count) in other.Answers) Count(Answers, answer, count);
        foreach (var (code, count) in other.Rejections) Count(Rejections, code, count);
        Acknowledged.Add(other.Acknowledged);
        Refused.Add(other.Refused);
        Waits.Add(other.Waits);
        FirstProblem ??= other.FirstProblem;
    }

    private static void Count(SortedDictionary<string, long> counts, string name, long by) => counts[name] = counts.GetValueOrDefault(name) + by;
}
