using System.Collections.Concurrent;
using GrainAnalytics.Core.DeadLetters;
using GrainAnalytics.Core.Events;

namespace GrainAnalytics.Core.Tests.DeadLetters;

/// <summary>Keeps rejected rows in memory, and fails as the test says.</summary>
internal sealed class FakeLetterStore : IDeadLetterStore
{
    private int _adds, _cleans;

    /// <summary>Called before rows are kept; throws to fail it.</summary>
    public Func<IReadOnlyList<RejectedRow>, CancellationToken, Task> BeforeAdd { get; set; } = (_, _) => Task.CompletedTask;

    public ConcurrentQueue<RejectedRow> Kept { get; } = [];
    public int Adds => Volatile.Read(ref _adds);
    public int Cleans => Volatile.Read(ref _cleans);

    public async Task AddAsync(IReadOnlyList<RejectedRow> rows, CancellationToken cancel)
    {
        Interlocked.Increment(ref _adds);
        await BeforeAdd(rows, cancel);
        foreach (var row in rows) Kept.Enqueue(row);
    }

    public Task<IReadOnlyDictionary<ExpiryCause, long>> CleanAsync(DeadLetterOptions options, CancellationToken cancel)
    {
        Interlocked.Increment(ref _cleans);
        return Task.FromResult<IReadOnlyDictionary<ExpiryCause, long>>(new Dictionary<ExpiryCause, long>());
    }

    public Task<(IReadOnlyList<StoredLetter> Letters, bool HasMore)> ListAsync(LetterFilter filter, long? before, int limit, long maxBytes, CancellationToken cancel) =>
        throw new NotSupportedException();
    public Task<(IReadOnlyList<StoredLetter> Letters, bool HasMore)> NextAsync(LetterFilter filter, long after, int limit, long maxBytes, CancellationToken cancel) =>
        throw new NotSupportedException();
    public Task<StoredLetter?> FindAsync(long id, CancellationToken cancel) => throw new NotSupportedException();
    public Task NoteRefusalAsync(long id, string reason, string? detail, EventKey? twin, CancellationToken cancel) => throw new NotSupportedException();
    public Task<bool> DeleteAsync(long id, CancellationToken cancel) => throw new NotSupportedException();
    public Task<long> DeleteAsync(LetterFilter filter, CancellationToken cancel) => throw new NotSupportedException();
}
