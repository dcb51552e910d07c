using System.Runtime.InteropServices;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Core.Rollups;

/// <summary>What a session loses.</summary>
/// <param name="Events">Events, of every type.</param>
/// <param name="Counted">Those of them that count.</param>
/// <param name="Views">Page views.</param>
public readonly record struct ErasedSession(long Events, int Counted, int Views);

/// <summary>Takes a person's events out of the rollups that <see cref="SiteFold"/> put them into: says what changes.</summary>
/// <param name="clock">The site's days.</param>
/// <remarks>A plain state machine: no I/O. What it holds follows from the number of different values, days and sessions, not of events.</remarks>
public sealed class ErasureFold(SiteClock clock)
{
    private readonly Dictionary<(long ContextId, DateOnly Day), long> _contexts = [];

    /// <summary>Events so far.</summary>
    public long Events { get; private set; }

    /// <summary>What changes; users of values are not among it, see <see cref="ValueDays"/>.</summary>
    public RollupChanges Changes { get; } = new();

    /// <summary>Counted events by local hour and type.</summary>
    public Dictionary<(long Hour, Utf8Text Type), long> Hours { get; } = [];

    /// <summary>Local days that may list the person as active.</summary>
    public HashSet<DateOnly> Days { get; } = [];

    /// <summary>What sessions lose.</summary>
    public Dictionary<Utf8Text, ErasedSession> Sessions { get; } = [];

    /// <summary>Values of which the person was counted as a user, on which days.</summary>
    public HashSet<(Dimension Dimension, Utf8Text Value, DateOnly Day)> ValueDays { get; } = [];

    /// <summary>Contexts of the events.</summary>
    public IEnumerable<long> ContextIds => _contexts.Keys.Select(key => key.ContextId).Distinct();

    /// <summary>Takes an event in.</summary>
    public void Add(in ErasedEvent value)
    {
        Events++;
        var isCounted = !value.IsBot && !EventTypes.IsUncounted(value.Type.Bytes.Span);
        var isView = isCounted && value.Type.Bytes.Span.SequenceEqual("page_view"u8);
        if (!value.Session.Bytes.IsEmpty)
        {
            ref var lost = ref CollectionsMarshal.GetValueRefOrAddDefault(Sessions, value.Session, out _);
            lost = new ErasedSession(lost.Events + 1, lost.Counted + (isCounted ? 1 : 0), lost.Views + (isView ? 1 : 0));
        }
        if (value.IsBot || !isCounted && value.EngagedMs == 0) return;
        var day = clock.DayOf(value.OccurredAt);
        if (!value.Path.Bytes.IsEmpty)
        {
            if (value.EngagedMs > 0) Changes.AddValue(Dimension.Page, value.Path, day, DimensionCounts.EngagedMs, -value.EngagedMs);
            if (isCounted) Changes.AddValue(Dimension.Page, value.Path, day, DimensionCounts.Events, -1);
            if (isView) Changes.AddValue(Dimension.Page, value.Path, day, DimensionCounts.Views, -1);
            if (isCounted) ValueDays.Add((Dimension.Page, value.Path, day));
        }
        if (!isCounted) return;
        Days.Add(day);
        RollupChanges.Add(Hours, (clock.HourStart(value.OccurredAt), value.Type), 1);
        if (value.ContextId is { } context) RollupChanges.Add(_contexts, (context, day), 1);
    }

    /// <summary>Says what a context of the events is; once for each.</summary>
    /// <param name="contextId">One of <see cref="ContextIds"/>.</param>
    /// <param name="context">As EventFacts has it.</param>
    public void AddContext(long contextId, Utf8Text context)
    {
        var values = ContextValues.Read(context);
        foreach (var ((id, day), events) in _contexts)
        {
            if (id != contextId) continue;
            foreach (var (dimension, value) in values)
            {
                Changes.AddValue(dimension, value, day, DimensionCounts.Events, -events);
                ValueDays.Add((dimension, value, day));
            }
        }
    }

    /// <summary>Takes the person out of the counts of active and retained users.</summary>
    public void Remove(UserState user)
    {
        user.Count(-1, clock, Changes);
        // The list of a day was made by the zone that the site had then.
        foreach (var hour in user.Hours.Starts)
            for (var around = -1; around <= 1; around++) Days.Add(clock.DayOf(hour).AddDays(around));
    }

    /// <summary>Takes a session out.</summary>
    public void Remove(VisitState visit) => visit.Count(-1, clock, Changes);

    /// <summary>Puts in the place of a session that others share what is left of it.</summary>
    /// <param name="before">The session.</param>
    /// <param name="left">What others did in it.</param>
    /// <returns>The session now; null when nothing that counts is left.</returns>
    public VisitState? Replace(VisitState before, IEnumerable<JournalEvent> left)
    {
        before.Count(-1, clock, Changes);
        var after = new VisitState();
        foreach (var value in left) if (value.IsCounted) after.Add(value);
        if (after.Events == 0) return null;
        after.Count(1, clock, Changes);
        return after;
    }

    /// <summary>Makes a session smaller of which not all events are there any more: its times and pages stay as they were.</summary>
    /// <returns>The session now; null when nothing that counts is left.</returns>
    public VisitState? Reduce(VisitState before, ErasedSession lost)
    {
        before.Count(-1, clock, Changes);
        (before.Events, before.Views) = (before.Events - lost.Counted, before.Views - lost.Views);
        if (before.Events <= 0) return null;
        before.Count(1, clock, Changes);
        return before;
    }
}
