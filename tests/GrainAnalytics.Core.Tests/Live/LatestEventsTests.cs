using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Live;
using Xunit;
using static GrainAnalytics.Testing.TestEvents;

namespace GrainAnalytics.Core.Tests.Live;

public sealed class LatestEventsTests
{
    [Fact]
    public void In_whatever_order_and_however_often_events_come_the_latest_by_arrival_stay()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var random = new Random(seed);
            var most = random.Next(1, 25);
            // Few instants, so that many arrive together.
            var events = Enumerable.Range(0, 60).Select(_ => Make(at: Noon + random.Next(4), received: Noon + random.Next(30))).ToArray();
            var told = events.Concat(events).ToArray();
            random.Shuffle(told);
            var latest = new LatestEvents(most);
            foreach (var value in told) latest.Add(value);
            Assert.Equal(Sort(events).Take(most), latest.Events.Select(e => e.Event));
        }
    }

    [Fact]
    public void Adding_says_whether_the_list_changed()
    {
        var latest = new LatestEvents(2);
        EncodedEvent first = Make(received: 1000), second = Make(received: 2000), third = Make(received: 3000);
        Assert.True(latest.Add(second, 1));
        Assert.True(latest.Add(first, 2));
        Assert.False(latest.Add(first, 3));
        Assert.True(latest.Add(third, 4));
        Assert.False(latest.Add(first, 5));
        Assert.Equal([(third, 4L), (second, 1L)], latest.Events.Select(e => (e.Event, e.AddedAt)));
    }

    [Fact]
    public void Large_events_push_older_ones_out_and_too_large_ones_are_not_listed()
    {
        var latest = new LatestEvents(20);
        string Payload(int size) => $$"""{"a":"{{new string('x', size)}}"}""";
        var events = Enumerable.Range(1, 10).Select(i => Make(received: i * 1000, payload: Payload(20_000))).ToArray();
        foreach (var value in events) latest.Add(value);
        Assert.Equal(events.Reverse().Take(3), latest.Events.Select(e => e.Event));
        Assert.False(latest.Add(Make(received: 20_000, payload: Payload(LatestEvents.MaxBytes))));
        Assert.Equal(3, latest.Events.Count);
    }

    private static IEnumerable<EncodedEvent> Sort(IEnumerable<EncodedEvent> events) =>
        events.OrderByDescending(e => e.ReceivedAt).ThenByDescending(e => e.OccurredAt).ThenByDescending(e => e.Key);
}
