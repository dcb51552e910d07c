using FsCheck;
using FsCheck.Fluent;
using GrainAnalytics.Core.Counters;
using Xunit;

namespace GrainAnalytics.Core.Tests.Counters;

public sealed class DailyTallyTests
{
    private static readonly DateOnly Day = new(2026, 3, 15);

    [Fact]
    public void Updates_in_any_order_and_number_give_the_newest_versions_sum() => Prop.ForAll(
        Gen.Choose(0, 3).Zip(Gen.Choose(0, 2)).Zip(Gen.Choose(1, 30)).Zip(Gen.Choose(0, 1000)).ArrayOf().ToArbitrary(), Gen.Choose(0, int.MaxValue).ToArbitrary(),
        (given, seed) =>
        {
            // A version has one total, whoever tells it; totals may fall from one version to the next.
            var updates = given.Select(g => (Key: g.Item1.Item1.Item1, Shard: g.Item1.Item1.Item2, Version: g.Item1.Item2))
                .Select(u => new CounterUpdate(1, Day, u.Key == 0 ? 0 : u.Key, u.Key == 0 ? "" : $"type-{u.Key}", (short)u.Shard,
                    u.Version * 7919 % 100, u.Version)).ToArray();
            var sent = updates.Concat(updates).ToArray();
            new Random(seed).Shuffle(sent);
            var tally = new DailyTally(Day);
            foreach (var update in sent) tally.Apply(update);
            var newest = updates.GroupBy(u => (u.Hour, u.Type, u.Shard)).Select(g => g.MaxBy(u => u.Version)).ToList();
            var totals = tally.Totals();
            return totals.ActiveUsers == newest.Where(u => u.Type == "").Sum(u => u.Total)
                && newest.Where(u => u.Type != "").GroupBy(u => u.Type).Select(g => (g.Key, Sum: g.Sum(u => u.Total))).Where(t => t.Sum != 0).Order()
                    .SequenceEqual(totals.Events.Select(e => (e.Key, e.Value)).Order());
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_total_may_fall_and_a_type_that_falls_to_zero_disappears()
    {
        var tally = new DailyTally(Day);
        tally.Apply(new CounterUpdate(1, Day, 5, "click", 0, 10, 3));
        tally.Apply(new CounterUpdate(1, Day, 5, "click", 0, 4, 4));
        tally.Apply(new CounterUpdate(1, Day, 5, "click", 0, 10, 3));
        Assert.Equal(4, tally.Totals().Events["click"]);
        tally.Apply(new CounterUpdate(1, Day, 5, "click", 0, 0, 5));
        Assert.Empty(tally.Totals().Events);
    }
}
