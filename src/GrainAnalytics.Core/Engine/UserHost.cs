using System.Text;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Journeys;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Writing;

namespace GrainAnalytics.Core.Engine;

/// <summary>Holds one user's timeline, lets one caller at it at a time, and reads the store when memory does not reach.</summary>
/// <param name="tail">Stored events to keep in memory once the user was looked up.</param>
/// <param name="time">The clock.</param>
/// <param name="isTrusted">False while the user is being erased: nothing is left out of a write because it is known to be stored.</param>
public sealed class UserHost(int tail, TimeProvider time, bool isTrusted = true) : IWriteOwner
{
    private readonly Lock _gate = new();
    private readonly UserTimeline _timeline = new(tail);
    private long _touched = time.GetTimestamp();
    private bool _isReleased;
    private IReadOnlyList<string>? _aliases;    // null: not read yet
    private int _aliasEvents, _inBuffer;
    private string _zones = "";                 // whose days the timeline's active days are
    private TaskCompletionSource? _written;     // of one that was retired

    /// <summary>See the constructor.</summary>
    public bool IsTrusted => isTrusted;

    /// <summary>True once <see cref="TryRelease"/> let it go: take another.</summary>
    public bool IsReleased { get { lock (_gate) return _isReleased; } }

    /// <summary>Adds an event; see <see cref="UserTimeline.Add"/>.</summary>
    /// <param name="row">The event.</param>
    /// <param name="addition">What the timeline knew of it.</param>
    /// <param name="isUserNewToday">True unless a commit is known to have counted the user as active on that day.</param>
    /// <returns>False when the host was let go meanwhile.</returns>
    public bool TryAdd(in EventRow row, out TimelineAddition addition, out bool isUserNewToday)
    {
        lock (_gate)
        {
            _touched = time.GetTimestamp();
            (addition, isUserNewToday) = (default, false);
            if (_isReleased) return false;
            addition = _timeline.Add(row.Event);
            if (addition != TimelineAddition.IdIsStored) _inBuffer++;
            if (!row.IsCounted) NoteAlias(row.Event);
            KeepZone(row.Site);
            isUserNewToday = row.IsCounted && !(isTrusted && _timeline.IsActiveOn(row.Day));
            return true;
        }
    }

    /// <summary>Takes back an event that did not get into the buffer.</summary>
    public void TakeBack(in WriteItem item)
    {
        lock (_gate)
        {
            if (item.IsHeld) _timeline.TakeBack(item.Event);
            Left();
        }
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
                if (!item.Row.IsCounted) NoteAlias(item.Event);
                else if (item.Row.Site.Clock.Zones == _zones) _timeline.MarkActive(item.Row.Day);
            }
            if (isUncertain) _timeline.Invalidate();
            Left();
        }
    }

    /// <summary>A page of the user's events; a partial one, of what is in memory, while the store does not answer.</summary>
    /// <returns>Null when the host was let go meanwhile.</returns>
    public ValueTask<JourneyPage?> ReadAsync(IEventStore store, StoreHealth health, Site site, JourneyQuery query, CancellationToken cancel)
    {
        var type = query.TypeBytes();
        lock (_gate)
        {
            if (_isReleased) return default;
            _touched = time.GetTimestamp();
            // What other processes write, and what waits in their spools, is not known here while the store is away.
            if ((_aliases is not null || health.IsAway) && _timeline.TryRead(query, type) is { } page)
                return new(WithAliases(health.IsAway ? page with { IsPartial = true } : page));
            if (health.IsAway) return new(Remembered(query, type));
        }
        return new(ReadStoredAsync(store, health, site, query, type, cancel));
    }

    /// <summary>Lets the timeline go if it was idle and nothing would be lost.</summary>
    /// <param name="before">Timestamp of the clock; touched since is not idle.</param>
    public bool TryRelease(long before)
    {
        lock (_gate)
        {
            if (_touched >= before || !_timeline.CanBeReleased) return false;
            return _isReleased = true;
        }
    }

    /// <summary>Lets the timeline go: another host takes its place.</summary>
    /// <returns>Ends when every event that was added here is decided.</returns>
    public Task Retire()
    {
        lock (_gate)
        {
            _isReleased = true;
            if (_inBuffer == 0) return Task.CompletedTask;
            return (_written ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    private void Left()
    {
        if (--_inBuffer == 0) _written?.TrySetResult();
    }

    private async Task<JourneyPage?> ReadStoredAsync(IEventStore store, StoreHealth health, Site site, JourneyQuery query, byte[] type, CancellationToken cancel)
    {
        try
        {
            return await health.ReadAsync(() => ReadStoredAsync(store, site, query, type, cancel)).ConfigureAwait(false);
        }
        catch (EventStoreException e) when (e.Failure == StoreFailure.Away)
        {
            // Whether it is away or only this read failed, the probe finds out.
            health.Doubt();
            lock (_gate) return Remembered(query, type);
        }
    }

    // A day of another zone says nothing of this one's of the same date.
    private void KeepZone(Site site)
    {
        if (site.Clock.Zones == _zones) return;
        _zones = site.Clock.Zones;
        _timeline.ForgetActive();
    }

    private JourneyPage Remembered(JourneyQuery query, byte[] type) => WithAliases(_timeline.Merge(query, type, []) with { IsPartial = true });

    // Who a user was before is asked again: the first link of an id stays, so an event does not always make one.
    private void NoteAlias(EncodedEvent value)
    {
        if (IdentityLink.AliasOf(value).IsEmpty) return;
        _aliasEvents++;
        _aliases = null;
    }

    private JourneyPage WithAliases(JourneyPage page) => _aliases is { Count: > 0 } aliases ? page with { Aliases = aliases } : page;

    private async Task<JourneyPage?> ReadStoredAsync(IEventStore store, Site site, JourneyQuery query, byte[] type, CancellationToken cancel)
    {
        var aliases = _aliases is null ? LoadAliasesAsync(store, site, query.UserId, cancel) : Task.CompletedTask;
        var isTail = query is { Before: null, Type: null, To: long.MaxValue } && query.Limit < tail;
        await Task.WhenAll(aliases, isTail ? LoadTailAsync(store, site, query.UserId, cancel) : Task.CompletedTask).ConfigureAwait(false);
        if (isTail)
            lock (_gate)
                if (_timeline.TryRead(query, type) is { } page) return WithAliases(page);
        var stored = await store.ReadJourneyAsync(site, query, query.Limit + 1, cancel).ConfigureAwait(false);
        lock (_gate) return WithAliases(_timeline.Merge(query, type, stored));
    }

    // What comes or is committed while this is read may be missing from it: nothing is kept then, and it is read again.
    private async Task LoadAliasesAsync(IEventStore store, Site site, string userId, CancellationToken cancel)
    {
        int before;
        lock (_gate) before = _aliasEvents;
        var aliases = await store.ReadAliasesAsync(site, userId, cancel).ConfigureAwait(false);
        lock (_gate) if (_aliasEvents == before) _aliases ??= aliases;
    }

    private async Task LoadTailAsync(IEventStore store, Site site, string userId, CancellationToken cancel)
    {
        // Nothing is released while it loads.
        lock (_gate) _timeline.BeginLoad();
        IReadOnlyList<EncodedEvent>? newest = null;
        try
        {
            newest = await store.ReadJourneyAsync(site, new JourneyQuery(userId), tail, cancel).ConfigureAwait(false);
        }
        finally
        {
            lock (_gate) _timeline.EndLoad(newest, newest?.Count < tail);
        }
    }
}
