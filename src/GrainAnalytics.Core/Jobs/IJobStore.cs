namespace GrainAnalytics.Core.Jobs;

/// <summary>The job queue.</summary>
/// <remarks>Every method throws <see cref="Writing.EventStoreException"/> when it cannot do its work.</remarks>
public interface IJobStore
{
    /// <summary>Puts jobs into the queue, each key once.</summary>
    /// <returns>Numbers of those that were not there, in their order.</returns>
    Task<IReadOnlyList<long>> AddAsync(IReadOnlyList<NewJob> jobs, CancellationToken cancel);

    /// <summary>Takes the job that is due for the longest time and that nobody has, or whose worker is not heard of any more; one job of a site
    /// at a time. Jobs whose worker went away in their last attempt are dead from then on. Kinds that are not named, such as those of a newer version,
    /// are left to others.</summary>
    /// <param name="kinds">Kinds that the worker knows.</param>
    /// <param name="worker">Who takes it, for people.</param>
    /// <param name="cancel">Ends the work.</param>
    Task<TakenJob?> TakeAsync(IReadOnlyList<string> kinds, string worker, CancellationToken cancel);

    /// <summary>Keeps a taken job for a further lease.</summary>
    /// <param name="job">The job.</param>
    /// <param name="progress">A JSON object; null leaves what is there.</param>
    /// <param name="cancel">Ends the work.</param>
    /// <returns>False when it is not the worker's any more.</returns>
    Task<bool> RenewAsync(TakenJob job, string? progress, CancellationToken cancel);

    /// <summary>Ends a taken job.</summary>
    /// <param name="job">The job.</param>
    /// <param name="result">A JSON object.</param>
    /// <param name="cancel">Ends the work.</param>
    /// <returns>False when it is not the worker's any more.</returns>
    Task<bool> CompleteAsync(TakenJob job, string result, CancellationToken cancel);

    /// <summary>Notes a failed attempt: the job waits for the next one, or is dead after the last.</summary>
    /// <returns>True when it is dead.</returns>
    Task<bool> FailAsync(TakenJob job, string error, bool isFinal, CancellationToken cancel);

    /// <summary>Gives a taken job back, for another worker to go on at once; the attempt does not count.</summary>
    Task GiveBackAsync(TakenJob job, CancellationToken cancel);

    /// <summary>Jobs, newest first.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="before">Only jobs with a smaller number; null for all.</param>
    /// <param name="limit">Most jobs.</param>
    /// <param name="cancel">Ends the read.</param>
    /// <returns>The jobs, and whether there are more.</returns>
    Task<(IReadOnlyList<StoredJob> Jobs, bool HasMore)> ListAsync(JobFilter filter, long? before, int limit, CancellationToken cancel);

    /// <summary>One job; null when there is none of this number.</summary>
    Task<StoredJob?> FindAsync(long id, CancellationToken cancel);

    /// <summary>Has a dead or cancelled job run again, from where it was, with all of its attempts.</summary>
    /// <returns>False when it is neither.</returns>
    Task<bool> RetryAsync(long id, CancellationToken cancel);

    /// <summary>Gives a job up that is not over. What it is doing ends within a third of a lease, and commits nothing more.</summary>
    /// <returns>False when it is over.</returns>
    Task<bool> CancelAsync(long id, CancellationToken cancel);

    /// <summary>Removes jobs that were over long ago.</summary>
    /// <returns>How many.</returns>
    Task<int> CleanAsync(CancellationToken cancel);
}
