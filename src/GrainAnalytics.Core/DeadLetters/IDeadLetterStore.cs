using GrainAnalytics.Core.Events;

namespace GrainAnalytics.Core.DeadLetters;

/// <summary>Where dead letters are kept. Events that the database refused come here by
/// <see cref="Writing.IEventStore.SetAsideAsync"/>.</summary>
/// <remarks>Every method throws <see cref="Writing.EventStoreException"/> when it cannot do its work.</remarks>
public interface IDeadLetterStore
{
    /// <summary>Keeps rows, all or none; a row that is kept already is kept once.</summary>
    Task AddAsync(IReadOnlyList<RejectedRow> rows, CancellationToken cancel);

    /// <summary>Letters, newest first.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="before">Only letters with a smaller number; null for all.</param>
    /// <param name="limit">Most letters.</param>
    /// <param name="maxBytes">Reading ends with the letter that reaches so many bytes.</param>
    /// <param name="cancel">Ends the read.</param>
    /// <returns>The letters, and whether there are more.</returns>
    Task<(IReadOnlyList<StoredLetter> Letters, bool HasMore)> ListAsync(LetterFilter filter, long? before, int limit, long maxBytes, CancellationToken cancel);

    /// <summary>Letters, oldest first.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="after">Only letters with a larger number.</param>
    /// <param name="limit">Most letters.</param>
    /// <param name="maxBytes">Reading ends with the letter that reaches so many bytes.</param>
    /// <param name="cancel">Ends the read.</param>
    Task<(IReadOnlyList<StoredLetter> Letters, bool HasMore)> NextAsync(LetterFilter filter, long after, int limit, long maxBytes, CancellationToken cancel);

    /// <summary>One letter; null when there is none of this number.</summary>
    Task<StoredLetter?> FindAsync(long id, CancellationToken cancel);

    /// <summary>Notes that a letter was tried again, in vain.</summary>
    /// <param name="id">The letter.</param>
    /// <param name="reason">Code of the outcome.</param>
    /// <param name="detail">The same for people; null leaves what is there.</param>
    /// <param name="twin">Digest of the event that the letter became and the database refused: the letter that was made of it is
    /// taken back, its detail goes over. Null for none.</param>
    /// <param name="cancel">Ends the work.</param>
    Task NoteRefusalAsync(long id, string reason, string? detail, EventKey? twin, CancellationToken cancel);

    /// <summary>Removes a letter.</summary>
    /// <returns>False when there was none.</returns>
    Task<bool> DeleteAsync(long id, CancellationToken cancel);

    /// <summary>Removes letters.</summary>
    /// <returns>How many.</returns>
    Task<long> DeleteAsync(LetterFilter filter, CancellationToken cancel);

    /// <summary>Removes what the options keep no longer, oldest first. Does nothing while another server is at it.</summary>
    /// <returns>How many, by cause.</returns>
    Task<IReadOnlyDictionary<ExpiryCause, long>> CleanAsync(DeadLetterOptions options, CancellationToken cancel);
}
