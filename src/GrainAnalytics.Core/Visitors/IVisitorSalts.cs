namespace GrainAnalytics.Core.Visitors;

/// <summary>Keeps the random key of each day with which visitors who leave no id are told apart: the same on all servers, and
/// gone when the day is over.</summary>
public interface IVisitorSalts
{
    /// <summary>The key of a day, made when there is none yet. Answers from memory when it can.</summary>
    /// <param name="day">A local date; time zones share its key.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns><see cref="VisitorId.SaltBytes"/> random bytes.</returns>
    /// <exception cref="Writing.EventStoreException">The store did not answer and the key is not remembered.</exception>
    ValueTask<byte[]> FindAsync(DateOnly day, CancellationToken cancel);

    /// <summary>Hourly: forgets, in memory and in the store, the keys of days that are over everywhere on earth, and remembers those
    /// of days that are today somewhere, or will be before the next time, so that they are known if the store goes away.</summary>
    /// <exception cref="Writing.EventStoreException">The store did not answer.</exception>
    Task TurnAsync(CancellationToken cancel);
}
