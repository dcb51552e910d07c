using GrainAnalytics.Core.Journeys;
using GrainAnalytics.Core.Writing;

namespace GrainAnalytics.Core.Engine;

/// <summary>Which user: ids are unique within a site.</summary>
internal readonly record struct UserKey(int SiteId, string UserId);

/// <summary>Holds one user's timeline and lets one caller at it at a time.</summary>
internal sealed class UserSlot(int tail) : IWriteOwner
{
    private readonly Lock _gate = new();
    private readonly UserTimeline _timeline = new(tail);
    private long _touched;
    private bool _isReleased;

    /// <summary>Runs an action on the timeline.</summary>
    /// <param name="now">Timestamp of the clock.</param>
    /// <param name="action">What to do.</param>
    /// <param name="result">What it returned.</param>
    /// <returns>False when the slot was let go meanwhile: take the new one.</returns>
    public bool TryUse<T>(long now, Func<UserTimeline, T> action, out T result)
    {
        lock (_gate)
        {
            _touched = now;
            result = _isReleased ? default! : action(_timeline);
            return !_isReleased;
        }
    }

    /// <summary>Adds an event; see <see cref="UserTimeline.Add"/>.</summary>
    public bool TryAdd(long now, in EventRow row, out TimelineAddition addition, out bool isUserNewToday)
    {
        lock (_gate)
        {
            _touched = now;
            addition = _isReleased ? default : _timeline.Add(row.Event);
            isUserNewToday = row.IsCounted && !_timeline.IsActiveOn(row.Day);
            return !_isReleased;
        }
    }

    /// <summary>Takes back an event that did not get into the buffer.</summary>
    public void TakeBack(in WriteItem item)
    {
        if (!item.IsHeld) return;
        lock (_gate) _timeline.Settle(item.Event, isStored: false);
    }

    /// <inheritdoc/>
    public void Settled(in WriteItem item, bool isStored, bool isUncertain)
    {
        lock (_gate)
        {
            if (item.IsHeld) _timeline.Settle(item.Event, isStored);
            if (isStored)
            {
                _timeline.AddStored(item.Event);
                if (item.Row.IsCounted) _timeline.MarkActive(item.Row.Day);
            }
            if (isUncertain) _timeline.Invalidate();
        }
    }

    /// <summary>Lets the timeline go if it was idle and nothing would be lost.</summary>
    public bool TryRelease(long before)
    {
        lock (_gate)
        {
            if (_touched >= before || !_timeline.CanBeReleased) return false;
            return _isReleased = true;
        }
    }
}
