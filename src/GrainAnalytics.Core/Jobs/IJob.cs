namespace GrainAnalytics.Core.Jobs;

/// <summary>Handles the jobs of a kind. A server may die anywhere in it: what it did must be undone by that, or be recognized by the next attempt.</summary>
public interface IJob
{
    /// <summary>Its kind, as the queue names it: lower case, never changed.</summary>
    string Kind { get; }

    /// <summary>Does the work.</summary>
    /// <param name="job">The job, and how to note progress.</param>
    /// <param name="cancel">The server stops, or the job is not this worker's any more.</param>
    /// <returns>The result, a JSON object.</returns>
    /// <exception cref="JobRefusedException">There is no use in trying again.</exception>
    Task<string> RunAsync(JobRun job, CancellationToken cancel);
}

/// <summary>A job cannot be done, however often it is tried.</summary>
/// <param name="message">Why, for operators.</param>
public sealed class JobRefusedException(string message) : Exception(message);

/// <summary>A job is not its worker's any more: it was cancelled, or another worker has it. Nothing of what was just tried is committed.</summary>
public sealed class JobLostException() : Exception("The job was cancelled or given to another worker.");

/// <summary>A job that runs.</summary>
/// <param name="job">The job.</param>
public sealed class JobRun(TakenJob job)
{
    private string? _progress;

    /// <summary>The job.</summary>
    public TakenJob Job { get; } = job;

    /// <summary>Its site.</summary>
    /// <exception cref="JobRefusedException">It has none.</exception>
    public int SiteId => Job.SiteId ?? throw new JobRefusedException($"A job {Job.Kind} needs a site.");

    /// <summary>The newest progress, a JSON object: seen by operators with the next renewal of the lease. Null leaves what is stored, for handlers that
    /// write it in their own transactions.</summary>
    public string? Progress
    {
        get => Volatile.Read(ref _progress);
        set => Volatile.Write(ref _progress, value);
    }
}
