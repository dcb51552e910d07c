using System.Text;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Journeys;
using GrainAnalytics.Testing;
using Xunit;
using static GrainAnalytics.Testing.TestEvents;

namespace GrainAnalytics.Core.Tests.Journeys;

public sealed class UserTimelineTests
{
    /// <summary>Random appends, commits in any order, repeats of ids, loads that overlap all of it, invalidations and
    /// lookups, against two lists: what the store holds, and what is pending.</summary>
    [Fact]
    public void A_lookup_from_memory_never_misses_a_stored_event_and_shows_none_twice()
    {
        for (var seed = 0; seed < 500; seed++) Run(new Random(seed), seed);
    }

    private static void Run(Random random, int seed)
    {
        const int tail = 16;
        var timeline = new UserTimeline(tail);
        var store = new List<EncodedEvent>();
        var pending = new List<(EncodedEvent Event, bool IsAdded)>();
        var loads = new List<List<EncodedEvent>?>();       // the snapshot each load has read, null until it has
        var (ids, answered) = (0, 0);
        for (var step = 0; step < 150; step++)
        {
            switch (random.Next(12))
            {
                case 0 or 1 or 2:
                    // Sometimes an id that is pending or stored, with another time.
                    var id = random.Next(4) == 0 && ids > 0 ? random.Next(ids) : ids++;
                    var added = Make(id: $"id-{id}", at: Noon + random.Next(30), type: random.Next(3) == 0 ? "click" : "view", payload: Payload(),
                        facts: random.Next(2) == 0 ? Facts(path: "/docs") : null);
                    var addition = timeline.Add(added);
                    if (addition == TimelineAddition.IdIsStored) Assert.Contains(store, e => e.Key == added.Key);
                    else pending.Add((added, addition == TimelineAddition.Added));
                    break;
                case 3 or 4 or 5 when pending.Count > 0:
                    // The store decides for any of those that wait; a little later the timeline hears of it.
                    var at = random.Next(pending.Count);
                    var (decided, isAdded) = pending[at];
                    var isStored = random.Next(10) != 0 && store.All(e => e.Key != decided.Key);
                    if (isStored) store.Add(decided);
                    if (random.Next(3) == 0) BeginAndRead();
                    pending.RemoveAt(at);
                    if (isAdded) timeline.Settle(decided, isStored);
                    if (isStored) timeline.AddStored(decided);
                    break;
                case 6:
                    timeline.BeginLoad();
                    loads.Add(null);
                    break;
                case 7 when loads.Count > 0:
                    loads[random.Next(loads.Count)] ??= JourneyModel.Sort(store)[..Math.Min(tail, store.Count)];
                    break;
                case 8 when loads.Count > 0:
                    var ending = random.Next(loads.Count);
                    var snapshot = loads[ending];
                    loads.RemoveAt(ending);
                    timeline.EndLoad(snapshot, snapshot?.Count < tail);
                    break;
                case 9 when random.Next(5) == 0:
                    timeline.Invalidate();
                    break;
                case 10 when random.Next(5) == 0:
                    // Another process stored an event and said so.
                    store.Add(Make(id: $"id-{ids++}", at: Noon + random.Next(30)));
                    timeline.AddStored(store[^1]);
                    break;
                default:
                    Look();
                    break;
            }
            Assert.True(pending.Count > 0 || loads.Count > 0 || timeline.CanBeReleased);
        }
        Assert.True(pending.Any(p => p.IsAdded) || loads.Count > 0 || timeline.CanBeReleased, $"seed {seed}: nothing is pending, yet it cannot be let go");

        // Every fifth run with payloads of which few fit into one array of the timeline, one now and then into none.
        string Payload() => seed % 5 != 0 ? "{}" : $$"""{"p":"{{new string('x', random.Next(20) == 0 ? 80_000 : random.Next(9_000))}}"}""";

        void BeginAndRead()
        {
            timeline.BeginLoad();
            loads.Add(JourneyModel.Sort(store)[..Math.Min(tail, store.Count)]);
        }

        void Look()
        {
            var type = random.Next(3) == 0 ? "click" : null;
            var query = new JourneyQuery("ada", random.Next(2) == 0 ? Noon + random.Next(30) : long.MinValue,
                random.Next(2) == 0 ? Noon + random.Next(30) : long.MaxValue, type, random.Next(1, 25),
                random.Next(3) == 0 && store.Count > 0 ? EventPosition.Of(store[random.Next(store.Count)]) : null);
            var utf8 = type is null ? [] : Encoding.UTF8.GetBytes(type);
            if (timeline.TryRead(query, utf8) is { } fromMemory) { Check(query, fromMemory, "memory"); answered++; }
            var stored = JourneyModel.Read(store, query with { Limit = query.Limit + 1 }).Events;
            Check(query, timeline.Merge(query, utf8, stored), "merge");
        }

        // Whatever of the pending ones is shown, the stored ones are all there, in order, as the page's limit allows.
        void Check(JourneyQuery query, JourneyPage page, string from)
        {
            var shown = page.Events.Where(e => store.All(s => s != e)).ToList();
            var unknown = shown.Where(e => pending.All(p => p.Event != e)).ToList();
            Assert.True(unknown.Count == 0, $"seed {seed}, {from}: shows {string.Join(", ", Describe(unknown))}, which is neither pending nor stored");
            Assert.True(page.Events.Select(e => e.Key).Distinct().Count() == page.Events.Count, $"seed {seed}, {from}: an id twice");
            // A pending event may stand for a stored one of its id only until its own outcome is told.
            var hidden = store.Where(s => pending.Any(p => p.Event.Key == s.Key)).ToList();
            var certain = store.Except(hidden).Concat(page.Events.Where(e => hidden.Contains(e) || shown.Contains(e)));
            var expected = JourneyModel.Read(certain, query);
            Assert.True(Describe(expected.Events).SequenceEqual(Describe(page.Events)),
                $"seed {seed}, {from}: {query}\nexpected\n{string.Join('\n', Describe(expected.Events))}\nactual\n{string.Join('\n', Describe(page.Events))}");
            if (expected.HasMore) Assert.True(page.HasMore, $"seed {seed}, {from}: more is not said");
        }
    }

    [Fact]
    public void Before_anybody_looks_stored_events_are_let_go_at_once()
    {
        var timeline = new UserTimeline(16);
        var sent = Make();
        Assert.Equal(TimelineAddition.Added, timeline.Add(sent));
        Assert.False(timeline.CanBeReleased);
        timeline.Settle(sent, isStored: true);
        Assert.Equal((0, true), (timeline.Count, timeline.CanBeReleased));
        Assert.Null(timeline.TryRead(new JourneyQuery("ada"), []));
    }

    [Fact]
    public void A_covered_timeline_keeps_its_tail_and_little_more()
    {
        var timeline = new UserTimeline(16);
        timeline.BeginLoad();
        timeline.EndLoad([], isWhole: true);
        for (var i = 0; i < 500; i++)
        {
            var sent = Make(at: Noon + i);
            timeline.Add(sent);
            timeline.Settle(sent, isStored: true);
            Assert.InRange(timeline.Count, 1, 20);
        }
        Assert.Equal(16, timeline.TryRead(new JourneyQuery("ada", Limit: 15), [])!.Events.Count + 1);
        Assert.Null(timeline.TryRead(new JourneyQuery("ada", Limit: 100), []));
    }

    [Fact]
    public void A_load_that_failed_covers_nothing()
    {
        var timeline = new UserTimeline(16);
        timeline.BeginLoad();
        timeline.EndLoad(null, isWhole: false);
        Assert.Null(timeline.TryRead(new JourneyQuery("ada"), []));
        Assert.True(timeline.CanBeReleased);
    }

    [Fact]
    public void A_load_that_an_invalidation_overtook_covers_nothing()
    {
        var timeline = new UserTimeline(16);
        timeline.BeginLoad();       // reads before the next event commits
        var stored = Make();
        timeline.Add(stored);
        timeline.Settle(stored, isStored: true);
        timeline.Invalidate();
        timeline.EndLoad([], isWhole: true);
        Assert.Null(timeline.TryRead(new JourneyQuery("ada"), []));
    }

    [Fact]
    public void A_day_is_remembered_as_active_with_the_one_before_it()
    {
        var timeline = new UserTimeline(16);
        var day = new DateOnly(2026, 3, 15);
        Assert.False(timeline.IsActiveOn(day));
        timeline.MarkActive(day);
        timeline.MarkActive(day.AddDays(1));
        timeline.MarkActive(day);
        Assert.True(timeline.IsActiveOn(day) && timeline.IsActiveOn(day.AddDays(1)));
        Assert.False(timeline.IsActiveOn(day.AddDays(2)));
    }
}
