using System.Runtime.InteropServices;
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
        // Most events share their context with others of the day: its dozen values are looked up once for all of them.
        var contexts = new Dictionary<(Utf8Text Context, DateOnly Day), ContextCount>();
        foreach (var value in events) AddValues(value, contexts);
        foreach (var ((context, day), count) in contexts)
            foreach (var (dimension, text) in ContextValues.Read(context))
            {
                Changes.AddValue(dimension, text, day, DimensionCounts.Events, count.Events);
                Changes.AddUsers(dimension, text, day, count.Users);
            }
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

    private void AddValues(in JournalEvent value, Dictionary<(Utf8Text Context, DateOnly Day), ContextCount> contexts)
    {
        if (!value.IsCounted && value.EngagedMs == 0) return;
        var day = clock.DayOf(value.OccurredAt);
        if (value.HasPath)
        {
            var counts = Changes.CountsOf(Dimension.Page, value.Path, day);
            counts[DimensionCounts.EngagedMs] += value.EngagedMs;
            if (value.IsCounted) counts[DimensionCounts.Events]++;
            if (value.IsCounted && value.IsPageView) counts[DimensionCounts.Views]++;
        }
        if (!value.IsCounted) return;
        var hash = UserHash.Of(value.UserId.Bytes.Span);
        if (value.HasPath) Changes.UsersOf(Dimension.Page, value.Path, day).Add(hash);
        if (value.Context.Bytes.IsEmpty) return;
        ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(contexts, (value.Context, day), out _);
        count ??= new ContextCount();
        count.Events++;
        count.Users.Add(hash);
    }

    private sealed class ContextCount
    {
        public long Events;
        public readonly UserSketch Users = new();
    }
}
