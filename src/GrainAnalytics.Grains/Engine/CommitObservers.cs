using GrainAnalytics.Core.Writing;

namespace GrainAnalytics.Grains.Engine;

/// <summary>What in this silo hears of commits.</summary>
internal sealed class CommitObservers(IEnumerable<ICommitObserver> observers) : ICommitObserver
{
    private readonly ICommitObserver[] _observers = [.. observers];

    public void Committed(IReadOnlyList<EventRow> rows, WriteResult result)
    {
        foreach (var observer in _observers) observer.Committed(rows, result);
    }
}
