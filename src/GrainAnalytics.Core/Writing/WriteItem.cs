using GrainAnalytics.Core.Events;

namespace GrainAnalytics.Core.Writing;

/// <summary>Who holds an event in memory while it is written.</summary>
public interface IWriteOwner
{
    /// <summary>Tells what became of an event, before its request hears of it.</summary>
    /// <param name="item">The event.</param>
    /// <param name="isStored">True when a commit stored it.</param>
    /// <param name="isUncertain">True when memory may differ from the store, because an earlier attempt's end is unknown.</param>
    void Settled(in WriteItem item, bool isStored, bool isUncertain);
}

/// <summary>An event in the write buffer.</summary>
/// <param name="Row">What to write.</param>
/// <param name="Owner">Who holds it in memory, or null.</param>
/// <param name="Append">The request that waits for it.</param>
/// <param name="Index">Its place in that request.</param>
/// <param name="IsHeld">True when the owner holds this very event as pending; false when it holds another one of the same id.</param>
public readonly record struct WriteItem(EventRow Row, IWriteOwner? Owner, PendingAppend Append, int Index, bool IsHeld = true)
{
    internal EncodedEvent Event => Row.Event;
}
