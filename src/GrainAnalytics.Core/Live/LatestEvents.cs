using GrainAnalytics.Core.Events;

namespace GrainAnalytics.Core.Live;

/// <summary>An event of a live view.</summary>
/// <param name="Event">The event.</param>
/// <param name="AddedAt">Sequence of the first view that had it.</param>
public readonly record struct LiveEvent(EncodedEvent Event, long AddedAt);

/// <summary>The latest events by arrival, newest first, each once: at most so many, and at most <see cref="MaxBytes"/>.</summary>
/// <remarks>A plain state machine: no locks, no I/O.</remarks>
public sealed class LatestEvents(int most)
{
    /// <summary>Bytes of all events together. It bounds what a viewer costs while it reads; a larger event is not listed.</summary>
    public const int MaxBytes = 64 * 1024;

    private readonly List<LiveEvent> _events = new(most + 1);
    private int _bytes;

    /// <summary>The events, newest first.</summary>
    public IReadOnlyList<LiveEvent> Events => _events;

    /// <summary>Takes an event in if it is among the latest.</summary>
    /// <param name="value">The event; it may have been added before.</param>
    /// <param name="addedAt">See <see cref="LiveEvent.AddedAt"/>.</param>
    /// <returns>True when the list has changed.</returns>
    public bool Add(EncodedEvent value, long addedAt = 0)
    {
        var size = value.Size;
        if (size > MaxBytes || _events.Count == most && value.ReceivedAt < _events[^1].Event.ReceivedAt) return false;
        var at = _events.Count;
        while (at > 0 && Compare(_events[at - 1].Event, value) < 0) at--;
        // Equal in arrival, time and key is the same event.
        if (at > 0 && _events[at - 1].Event.Key == value.Key || at == most) return false;
        _events.Insert(at, new LiveEvent(value, addedAt));
        _bytes += size;
        var isKept = true;
        while (_events.Count > most || _bytes > MaxBytes)
        {
            isKept &= _events.Count - 1 != at;
            _bytes -= _events[^1].Event.Size;
            _events.RemoveAt(_events.Count - 1);
        }
        return isKept;
    }

    // The store sorts by the same three.
    private static int Compare(EncodedEvent left, EncodedEvent right)
    {
        var arrival = left.ReceivedAt.CompareTo(right.ReceivedAt);
        if (arrival != 0) return arrival;
        var time = left.OccurredAt.CompareTo(right.OccurredAt);
        return time != 0 ? time : left.Key.CompareTo(right.Key);
    }
}
