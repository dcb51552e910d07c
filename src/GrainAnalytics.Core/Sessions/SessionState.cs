using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Journeys;

namespace GrainAnalytics.Core.Sessions;

/// <summary>A session that somebody watches: loaded from the store once, then kept up to date with what commits.</summary>
/// <remarks>A plain state machine: no locks, no I/O. It is never the only holder of a number.</remarks>
public sealed class SessionState
{
    /// <summary>Most events that a session's view lists.</summary>
    public const int MaxEvents = 1000;

    private readonly List<EncodedEvent> _events;    // newest first
    private SessionView _view;

    /// <summary>Starts from what the store holds.</summary>
    public SessionState(SessionView stored)
    {
        _view = stored;
        _events = [.. stored.Events];
    }

    /// <summary>The session now.</summary>
    public SessionView View => _view with { Events = [.. _events] };

    /// <summary>Takes in an event of this session that a commit stored. One that the load already saw changes nothing.</summary>
    /// <returns>False when that cannot be told any more, because not all events are held: load the session again.</returns>
    public bool Apply(EncodedEvent stored)
    {
        if (_events.Count < _view.EventCount || _events.Count >= MaxEvents) return false;
        var at = 0;
        for (var i = 0; i < _events.Count; i++)
        {
            if (_events[i].Key == stored.Key) return true;
            if (EventPosition.Compare(_events[i], stored) > 0) at = i + 1;
        }
        _events.Insert(at, stored.WithoutFacts());
        _view = _view with
        {
            UserId = at == 0 ? stored.UserIdText : _view.UserId,
            StartedAt = Math.Min(_view.StartedAt, stored.OccurredAt),
            LastSeenAt = Math.Max(_view.LastSeenAt, stored.OccurredAt),
            EventCount = _view.EventCount + 1,
        };
        return true;
    }
}
