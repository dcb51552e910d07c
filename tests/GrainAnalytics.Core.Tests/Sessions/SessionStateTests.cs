using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Sessions;
using GrainAnalytics.Testing;
using Xunit;
using static GrainAnalytics.Testing.TestEvents;

namespace GrainAnalytics.Core.Tests.Sessions;

public sealed class SessionStateTests
{
    [Fact]
    public void Events_in_any_order_and_twice_give_the_session_that_a_load_would_give()
    {
        var random = new Random(1);
        for (var round = 0; round < 100; round++)
        {
            var all = Enumerable.Range(0, random.Next(1, 40)).Select(i => Make($"user-{random.Next(3)}", at: Noon + random.Next(20), session: "s")).ToArray();
            var loaded = random.Next(1, all.Length + 1);
            var state = new SessionState(View(all[..loaded]));
            foreach (var value in all.Concat(all[..random.Next(all.Length)])) Assert.True(state.Apply(value));
            var expected = View(all);
            Assert.Equal(expected with { Events = [] }, state.View with { Events = [] });
            Assert.Equal(Describe(expected.Events), Describe(state.View.Events));
        }
    }

    [Fact]
    public void A_session_of_which_not_all_is_held_asks_to_be_loaded_again()
    {
        var held = Enumerable.Range(0, SessionState.MaxEvents).Select(i => Make(at: Noon + i)).ToArray();
        Assert.False(new SessionState(View(held)).Apply(Make(at: Noon)));
        Assert.False(new SessionState(View(held[..10]) with { EventCount = 11 }).Apply(Make(at: Noon)));
        var nearly = new SessionState(View(held[1..]));
        Assert.True(nearly.Apply(held[0]));
        Assert.Equal(SessionState.MaxEvents, nearly.View.EventCount);
    }

    [Fact]
    public void A_view_taken_stays_as_it_was()
    {
        var state = new SessionState(View([Make()]));
        var before = state.View;
        state.Apply(Make());
        Assert.Single(before.Events);
    }

    private static SessionView View(EncodedEvent[] events)
    {
        var sorted = JourneyModel.Sort(events);
        return new SessionView("s", sorted[0].UserIdText, sorted[^1].OccurredAt, sorted[0].OccurredAt, events.Length, sorted);
    }
}
