using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Live;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Core.Rollups;

/// <summary>Folds stored events of a site into its rollups: reads the states of the users and sessions that they touch, and says what changes.</summary>
/// <param name="clock">The site's days.</param>
/// <param name="changes">What changes is added to; null: none yet.</param>
public sealed class SiteFold(SiteClock clock, RollupChanges? changes = null)
{
    private readonly Dictionary<Utf8Text, IReadOnlyList<(Dimension, Utf8Text)>> _contexts = [];

    /// <summary>States of users, by id; the ones of all events to come must be loaded, those that there are.</summary>
    public Dictionary<Utf8Text, UserState> Users { get; } = [];

    /// <summary>States of sessions, by <see cref="SessionKey"/>; likewise.</summary>
    public Dictionary<EventKey, VisitState> Visits { get; } = [];

    /// <summary>Users who became one with another: they are no users any longer.</summary>
    public HashSet<Utf8Text> Gone { get; } = [];

    /// <summary>What changes.</summary>
    public RollupChanges Changes { get; private set; } = changes ?? new();

    /// <summary>What a session is known by: its id if it is a UUID, else 128 bits of its hash.</summary>
    public static EventKey SessionKey(Utf8Text session) => EventKey.Of(session.Bytes.Span, out _);

    /// <summary>Takes events in, each once.</summary>
    /// <param name="events">Events; users are the persons they are counted for.</param>
    public void Add(IReadOnlyList<JournalEvent> events)
    {
        AddPeople(events);
        AddValues(events);
    }

    /// <summary>Takes changes out: those to come begin anew.</summary>
    public RollupChanges TakeChanges()
    {
        var changes = Changes;
        Changes = new();
        return changes;
    }

    /// <summary>What events say of users and sessions: half of what <see cref="Add"/> does.</summary>
    public void AddPeople(IReadOnlyList<JournalEvent> events)
    {
        var touched = new HashSet<EventKey>();
        foreach (var value in events)
        {
            if (!Users.TryGetValue(value.UserId, out var user)) Users.Add(value.UserId, user = new UserState(value.UserId, new ActiveHours()));
            user.Add(value, clock, Changes);
            if (value.IsCounted && value.HasSession) AddToVisit(value, user, touched);
        }
        foreach (var key in touched) Visits[key].Count(1, clock, Changes);
    }

    /// <summary>What events say of the values of dimensions: the other half, which knows no state.</summary>
    public void AddValues(IReadOnlyList<JournalEvent> events)
    {
        foreach (var value in events) AddValues(value);
    }

    /// <summary>Makes two users one person; both are loaded, if there are such.</summary>
    /// <param name="alias">Who is counted no longer.</param>
    /// <param name="user">Who they are.</param>
    public void Link(Utf8Text alias, Utf8Text user)
    {
        if (!Users.Remove(alias, out var before)) return;
        if (!Users.TryGetValue(user, out var person)) Users.Add(user, person = new UserState(user, new ActiveHours()));
        person.Join(before, clock, Changes);
        Gone.Add(alias);
    }

    private void AddToVisit(in JournalEvent value, UserState user, HashSet<EventKey> touched)
    {
        var key = SessionKey(value.Session);
        if (!Visits.TryGetValue(key, out var visit))
        {
            Visits.Add(key, visit = new VisitState());
            user.Sessions++;
        }
        if (touched.Add(key)) visit.Count(-1, clock, Changes);
        visit.Add(value);
    }

    private void AddValues(in JournalEvent value)
    {
        if (!value.IsCounted && value.EngagedMs == 0) return;
        var day = clock.DayOf(value.OccurredAt);
        if (value.HasPath)
        {
            if (value.EngagedMs > 0) Changes.AddValue(Dimension.Page, value.Path, day, DimensionCounts.EngagedMs, value.EngagedMs);
            if (value.IsCounted) Changes.AddValue(Dimension.Page, value.Path, day, DimensionCounts.Events, 1);
            if (value.IsCounted && value.IsPageView) Changes.AddValue(Dimension.Page, value.Path, day, DimensionCounts.Views, 1);
        }
        if (!value.IsCounted) return;
        var hash = UserHash.Of(value.UserId.Bytes.Span);
        if (value.HasPath) Changes.AddUser(Dimension.Page, value.Path, day, hash);
        if (value.Context.Bytes.IsEmpty) return;
        if (!_contexts.TryGetValue(value.Context, out var values)) _contexts.Add(value.Context, values = ContextValues.Read(value.Context));
        foreach (var (dimension, text) in values)
        {
            Changes.AddValue(dimension, text, day, DimensionCounts.Events, 1);
            Changes.AddUser(dimension, text, day, hash);
        }
    }
}
