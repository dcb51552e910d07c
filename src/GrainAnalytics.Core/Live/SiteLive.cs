using GrainAnalytics.Core.Counters;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Core.Live;

/// <summary>The live state of one watched site, at its owner: today's totals, the users of the last minutes and the latest
/// events, loaded once and then fed by the updates of every process.</summary>
/// <remarks>A plain state machine: no locks, no I/O. Its host lets one caller in at a time, hands it updates, asks for the
/// view after each and once a second, and does the reads that <see cref="NextRead"/> asks for. It is never the only holder
/// of a number: if it is lost, the next one loads.</remarks>
/// <param name="site">The site.</param>
/// <param name="options">How many events, and when to refresh.</param>
/// <param name="epoch">Tells this life of the state from others: random.</param>
public sealed class SiteLive(Site site, LiveOptions options, long epoch)
{
    // However often counters must be read again, the store is asked at most this often.
    private static readonly long ReadPause = Instant.Second;

    private readonly LatestEvents _latest = new(options.LatestEvents);
    private readonly RecentUsers _users = new();
    private readonly Dictionary<Hashed, long> _erased = [];     // users, and by when what arrived of theirs is gone
    private readonly long _refreshEvery = (long)options.RefreshEvery.TotalMicroseconds;
    private DayTypes _day = new(DateOnly.MinValue);
    private LiveView? _view;
    private bool _isLoaded, _isDayLoaded, _mustRead, _isReading, _hasChanged;
    private long _readAt = long.MinValue / 2;

    /// <summary>The site.</summary>
    public Site Site => site;

    /// <summary>True once there is a view.</summary>
    public bool IsLoaded => _view is not null;

    // What changes now is first in the next view.
    private long NextSequence => (_view?.Sequence ?? 0) + 1;

    /// <summary>A new state in the place of this one, from which users were erased: it is to be loaded, and takes nothing of theirs that is told late.</summary>
    /// <param name="newEpoch">Another one.</param>
    /// <param name="users">Hashes of the users.</param>
    /// <param name="erasedAt">By when what arrived of theirs is gone, Unix microseconds.</param>
    public SiteLive Without(long newEpoch, IReadOnlyList<ulong> users, long erasedAt)
    {
        var next = new SiteLive(site, options, newEpoch);
        // What a process did not tell for minutes it does not tell any more.
        foreach (var (user, at) in _erased)
            if (erasedAt - at < (long)RecentUsers.Window.TotalMicroseconds) next._erased[user] = at;
        foreach (var user in users) next._erased[new Hashed(user)] = erasedAt;
        return next;
    }

    /// <summary>Takes in what a process's commits changed.</summary>
    public void Apply(LiveUpdate update, long now)
    {
        MoveTo(now);
        _mustRead |= update.MustReadCounters;
        Take(update.Counters);
        Take(update.Latest, update.Users);
    }

    /// <summary>What to read now; null for nothing. The host reads it and calls <see cref="Loaded"/> or <see cref="Failed"/>;
    /// until then nothing else is asked for.</summary>
    /// <param name="now">Unix microseconds.</param>
    public LiveRead? NextRead(long now)
    {
        MoveTo(now);
        var isDue = !_isDayLoaded || !_isLoaded || _mustRead || now - _readAt >= _refreshEvery;
        if (_isReading || !isDue || now - _readAt < ReadPause) return null;
        (_isReading, _mustRead, _readAt) = (true, false, now);
        return new LiveRead(_day.Day, WithActivity: !_isLoaded);
    }

    /// <summary>Takes in what the store answered. Updates that came meanwhile are in already; versions make the overlap harmless.</summary>
    public void Loaded(LiveStored stored, long now)
    {
        _isReading = false;
        MoveTo(now);
        if (stored.Activity is { } activity)
        {
            Take(activity.Latest, activity.Users);
            _isLoaded = true;
        }
        Take(stored.Counters);
        // A read over midnight is of yesterday: the pause must not keep today's counters waiting.
        if (stored.Read.Day == _day.Day) _isDayLoaded = true;
        else _readAt = now - ReadPause;
        _hasChanged |= _view is null || _view.Day != _day.Day;
    }

    /// <summary>A read failed; it will be asked for again.</summary>
    public void Failed() => (_isReading, _mustRead) = (false, true);

    /// <summary>The view now: the same object as long as nothing has changed; null until the first load. At midnight the
    /// old day's view stays until the new day is loaded.</summary>
    /// <param name="now">Unix microseconds.</param>
    public LiveView? View(long now)
    {
        MoveTo(now);
        if (!_isLoaded || !_isDayLoaded) return _view;
        if (!_hasChanged && _view?.ActiveNow == _users.Count) return _view;
        _hasChanged = false;
        return _view = new LiveView(site.Id, epoch, NextSequence, _day.Day, _day.ActiveUsers, _users.Count, _day.Types(), [.. _latest.Events]) { TimeZone = site.Clock.TimeZoneId };
    }

    private void MoveTo(long now)
    {
        _users.Advance(now);
        var today = site.Clock.DayOf(now);
        // Not backwards: a clock that is set back a little at midnight must not show yesterday again.
        if (today <= _day.Day) return;
        // Counters of the new day may have been told before it began, and were not for the day then.
        (_day, _isDayLoaded) = (new DayTypes(today), false);
        if (_isLoaded) _readAt = now - ReadPause;
    }

    private void Take(IReadOnlyList<CounterUpdate> counters)
    {
        foreach (var counter in counters)
            // A commit of just before the time zone was changed has hours of another day.
            if (counter.Day == _day.Day && (counter.Hour == 0 || site.Clock.DayOf(counter.Hour) == _day.Day)) _hasChanged |= _day.Apply(counter, NextSequence);
    }

    private void Take(IReadOnlyList<Events.EncodedEvent> latest, IReadOnlyList<SeenUser> users)
    {
        foreach (var value in latest)
            if (!IsErased(value)) _hasChanged |= _latest.Add(value, NextSequence);
        foreach (var user in users)
            if (!_erased.TryGetValue(new Hashed(user.Hash), out var erasedAt) || user.At > erasedAt) _users.See(user);
    }

    private bool IsErased(Events.EncodedEvent value) =>
        _erased.Count > 0 && _erased.TryGetValue(new Hashed(UserHash.Of(value.UserId.Span)), out var erasedAt) && value.ReceivedAt <= erasedAt;
}
