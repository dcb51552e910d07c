namespace GrainAnalytics.Core.Jobs;

/// <summary>Where a job is.</summary>
public enum JobState
{
    /// <summary>For its time, or for a server that is free.</summary>
    Waiting,
    /// <summary>A server is at it.</summary>
    Running,
    /// <summary>Over, with a result.</summary>
    Done,
    /// <summary>Given up after its last attempt; the error says why.</summary>
    Dead,
    /// <summary>Given up by an operator.</summary>
    Cancelled,
}

/// <summary>A job to be put into the queue.</summary>
/// <param name="Kind">Name of the handler.</param>
/// <param name="SiteId">Its site; null for none.</param>
/// <param name="Arguments">A JSON object.</param>
/// <param name="Key">As long as a job with this key is kept, no second one is made; null for any number.</param>
/// <param name="RunAt">Not before, Unix microseconds; null for at once.</param>
public sealed record NewJob(string Kind, int? SiteId, string Arguments = "{}", string? Key = null, long? RunAt = null);

/// <summary>A job as it is kept. Times are Unix microseconds.</summary>
/// <param name="Id">Its number: higher was made later.</param>
/// <param name="Kind">Name of its handler.</param>
/// <param name="SiteId">Its site; null for none.</param>
/// <param name="State">Where it is.</param>
/// <param name="Arguments">A JSON object.</param>
/// <param name="Progress">A JSON object, as its handler noted it last; null before.</param>
/// <param name="Result">A JSON object; null until it is done.</param>
/// <param name="Error">Of the newest attempt that failed; null when none did.</param>
/// <param name="Attempts">How often it was begun.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="RunAt">It is not begun before.</param>
/// <param name="StartedAt">When its newest attempt began.</param>
/// <param name="FinishedAt">When it was over.</param>
/// <param name="Worker">Who has or had it.</param>
public sealed record StoredJob(long Id, string Kind, int? SiteId, JobState State, string Arguments, string? Progress, string? Result, string? Error, int Attempts,
    long CreatedAt, long RunAt, long? StartedAt, long? FinishedAt, string? Worker);

/// <summary>A job that a worker has taken.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Lease">What proves that the worker still has it: another one for each taking.</param>
/// <param name="Kind">Name of its handler.</param>
/// <param name="SiteId">Its site; null for none.</param>
/// <param name="Arguments">A JSON object.</param>
/// <param name="Progress">What an earlier attempt noted; null when there was none.</param>
/// <param name="Attempt">From 1.</param>
public sealed record TakenJob(long Id, Guid Lease, string Kind, int? SiteId, string Arguments, string? Progress, int Attempt);

/// <summary>Which jobs are meant; null: any.</summary>
/// <param name="State">Where they are.</param>
/// <param name="Kind">Name of their handler.</param>
/// <param name="SiteId">Their site.</param>
public sealed record JobFilter(JobState? State = null, string? Kind = null, int? SiteId = null);
