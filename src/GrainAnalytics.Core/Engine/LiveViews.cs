using System.Collections.Concurrent;
using System.Text;
using GrainAnalytics.Core.Counters;
using GrainAnalytics.Core.Sessions;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Writing;

namespace GrainAnalytics.Core.Engine;

/// <summary>Sessions and days that somebody looked at: loaded once, then fed by commits, let go when idle.</summary>
internal sealed class LiveViews(IEventStore store, StoreHealth health, TimeProvider time) : ICommitObserver
{
    private sealed class SessionSlot
    {
        public readonly Lock Gate = new();
        public SessionState? State;     // null until loaded
        public long Commits;            // a load that overlaps one may or may not have seen it
        public long Touched;
    }

    private sealed class DaySlot(DateOnly day, SiteClock clock)
    {
        public readonly SiteClock Clock = clock;
        public readonly Lock Gate = new();
        public readonly DailyTally Tally = new(day);
        public bool IsLoaded;
        public long Losses;             // commits whose counters were not told; a load that overlaps one may lack them
        public long Touched;
    }

    private readonly ConcurrentDictionary<(int SiteId, string SessionId), SessionSlot> _sessions = new();
    private readonly ConcurrentDictionary<(int SiteId, DateOnly Day), DaySlot> _days = new();
    private readonly ConcurrentDictionary<int, string> _zones = new();      // whose days these are

    public async ValueTask<SessionView?> ReadSessionAsync(Site site, string sessionId, CancellationToken cancel)
    {
        var key = (site.Id, sessionId);
        var slot = _sessions.GetOrAdd(key, _ => new SessionSlot());
        long commits;
        lock (slot.Gate)
        {
            slot.Touched = time.GetTimestamp();
            if (slot.State is not null) return slot.State.View;
            commits = slot.Commits;
        }
        var stored = await health.ReadAsync(() => store.ReadSessionAsync(site, sessionId, SessionState.MaxEvents, cancel)).ConfigureAwait(false);
        if (stored is null)
        {
            // Lookups of unknown sessions must not fill memory.
            _sessions.TryRemove(new(key, slot));
            return null;
        }
        // After a commit meanwhile nothing is remembered: the next lookup reads again.
        lock (slot.Gate) if (slot.Commits == commits) slot.State ??= new SessionState(stored);
        return stored;
    }

    public async ValueTask<DayTotals> ReadDayAsync(Site site, DateOnly day, CancellationToken cancel)
    {
        KeepZone(site);
        var slot = _days.GetOrAdd((site.Id, day), _ => new DaySlot(day, site.Clock));
        long losses;
        lock (slot.Gate)
        {
            slot.Touched = time.GetTimestamp();
            if (slot.IsLoaded) return slot.Tally.Totals();
            losses = slot.Losses;
        }
        var stored = await health.ReadAsync(() => store.ReadDayAsync(site, day, cancel)).ConfigureAwait(false);
        lock (slot.Gate)
        {
            // Commits that ran meanwhile told the same tally already; versions make the overlap harmless.
            foreach (var update in stored) slot.Tally.Apply(update);
            slot.IsLoaded = slot.Losses == losses;
            return slot.Tally.Totals();
        }
    }

    public void Committed(IReadOnlyList<EventRow> rows, WriteResult result)
    {
        if (!_days.IsEmpty)
            for (var i = 0; i < rows.Count; i++)
                if (i == 0 || !ReferenceEquals(rows[i].Site, rows[i - 1].Site)) KeepZone(rows[i].Site);
        foreach (var update in result.Counters)
            if (_days.TryGetValue((update.SiteId, update.Day), out var day) && (update.Hour == 0 || day.Clock.DayOf(update.Hour) == update.Day))
                lock (day.Gate) day.Tally.Apply(update);
        if (result.HasClaims)
            foreach (var row in rows)
                if (_days.TryGetValue((row.Site.Id, row.Day), out var day))
                    lock (day.Gate) (day.IsLoaded, day.Losses) = (false, day.Losses + 1);
        if (_sessions.IsEmpty) return;
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            if (!result.IsStored[i] || !row.Event.HasSession) continue;
            if (!_sessions.TryGetValue((row.Site.Id, Encoding.UTF8.GetString(row.Event.SessionId.Span)), out var session)) continue;
            lock (session.Gate)
            {
                session.Commits++;
                if (session.State?.Apply(row.Event) == false) session.State = null;
            }
        }
    }

    /// <summary>Has everything of a site read again.</summary>
    public void Forget(int siteId)
    {
        foreach (var (key, slot) in _sessions)
        {
            if (key.SiteId != siteId) continue;
            lock (slot.Gate) (slot.State, slot.Commits) = (null, slot.Commits + 1);
        }
        foreach (var (key, slot) in _days)
        {
            if (key.SiteId != siteId) continue;
            lock (slot.Gate) (slot.IsLoaded, slot.Losses) = (false, slot.Losses + 1);
        }
    }

    // Days of another time zone have other hours.
    private void KeepZone(Site site)
    {
        var zones = _zones.GetOrAdd(site.Id, site.Clock.Zones);
        if (zones == site.Clock.Zones) return;
        _zones[site.Id] = site.Clock.Zones;
        foreach (var (key, slot) in _days)
            if (key.SiteId == site.Id) _days.TryRemove(new(key, slot));
    }

    public void ReleaseIdle(long before)
    {
        foreach (var (key, slot) in _sessions)
            lock (slot.Gate) if (slot.Touched < before) _sessions.TryRemove(new(key, slot));
        foreach (var (key, slot) in _days)
            lock (slot.Gate) if (slot.Touched < before) _days.TryRemove(new(key, slot));
    }
}
