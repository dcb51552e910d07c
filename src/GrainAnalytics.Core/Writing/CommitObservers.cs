namespace GrainAnalytics.Core.Writing;

/// <summary>Tells several observers of each commit, in order.</summary>
public sealed class CommitObservers(IEnumerable<ICommitObserver> observers) : ICommitObserver
{
    private readonly ICommitObserver[] _observers = [.. observers];

    /// <inheritdoc/>
    public void Committed(IReadOnlyList<EventRow> rows, WriteResult result)
    {
        foreach (var observer in _observers) observer.Committed(rows, result);
    }
}
