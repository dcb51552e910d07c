using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.PostgreSql.Tests.Jobs;
using GrainAnalytics.PostgreSql.Tests.Statistics;
using GrainAnalytics.Testing;
using Xunit;
using Xunit.Abstractions;

namespace GrainAnalytics.PostgreSql.Tests.Zones;

/// <summary>Changes time zones under random histories; afterwards every statistic must be what the oracle counts by the new days.</summary>
public sealed class RezoneTests(PostgresFixture postgres, ITestOutputHelper output) : IClassFixture<PostgresFixture>
{
    private const int Rounds = 12;

    [Fact]
    public async Task Every_statistic_is_of_the_new_days_and_of_the_old_ones_again_after_changing_back()
    {
        await using var jobs = new Maintenance(postgres);
        await using var engine = postgres.StartSingleNode();
        await SideBySide.RunAsync(Rounds, output.WriteLine, async (_, random) =>
        {
            var (first, second) = Two(random);
            var site = await postgres.AddSiteAsync(first);
            var history = Histories.Make(random, 60);
            var half = history.Count / 2;
            await OracleTests.SendAsync(engine, site, history[..half], random, () => Task.CompletedTask);
            var moved = await jobs.RezoneAsync(site, second);
            Assert.Equal(second, moved.Clock.Zones);
            if (half > 0) await OracleTests.AskAsync(jobs.Queries, moved, history[..half], second, random, compare: true, isRebuilt: true);
            await Recount.AssertExactAsync(postgres.Database, moved);

            // Whoever still has the site as it was cannot write by its days.
            await OracleTests.SendAsync(engine, random.Next(2) == 0 ? site : moved, history, random, () => Task.CompletedTask);
            await OracleTests.AskAsync(jobs.Queries, moved, history, second, random, compare: true);
            await Recount.AssertExactAsync(postgres.Database, moved);

            var back = await jobs.RezoneAsync(moved, first);
            await OracleTests.AskAsync(jobs.Queries, back, history, first, random, compare: true, isRebuilt: true);
            await Recount.AssertExactAsync(postgres.Database, back);
        });
    }

    [Fact]
    public async Task Days_before_what_is_kept_stay_and_the_others_are_of_the_new_zone()
    {
        await using var jobs = new Maintenance(postgres);
        await using var engine = postgres.StartSingleNode();
        await SideBySide.RunAsync(Rounds, output.WriteLine, async (_, random) =>
        {
            var (first, second) = Two(random);
            var site = await postgres.AddSiteAsync(first);
            var history = Histories.Make(random, 60);
            await OracleTests.SendAsync(engine, site, history, random, () => Task.CompletedTask);
            var boundary = await KeepFromAsync(site, history, random);
            var moved = await jobs.RezoneAsync(site, second);
            Assert.Equal($"{first} until {Instant.ToText(boundary)}, {second}", moved.Clock.Zones);
            await OracleTests.AskAsync(jobs.Queries, moved, history, moved.Clock.Zones, random, compare: true);

            // Late events of before and after the boundary, from somebody who has the old site.
            var more = history.Concat(Histories.Make(random, 20).Select(h => h with { Anonymous = null })).ToList();
            await OracleTests.SendAsync(engine, site, more, random, () => Task.CompletedTask);
            await OracleTests.AskAsync(jobs.Queries, moved, more, moved.Clock.Zones, random, compare: true);

            if (random.Next(2) == 0)
            {
                // A later boundary, of a day of the second zone, and a third one.
                var later = await KeepFromAsync(moved, more, random);
                var third = Histories.Zones[random.Next(Histories.Zones.Length)];
                moved = await jobs.RezoneAsync(moved, third);
                await OracleTests.AskAsync(jobs.Queries, moved, more, moved.Clock.Zones, random, compare: true);
                if (later > boundary) return;
            }
            var back = await jobs.RezoneAsync(moved, first);
            Assert.Equal(first, back.Clock.Zones);
            await OracleTests.AskAsync(jobs.Queries, back, more, first, random, compare: true);
            await Recount.AssertExactAsync(postgres.Database, back);
        });
    }

    // Events before it would be removed by retention; they may still be there, and must not be counted twice.
    private async Task<long> KeepFromAsync(Site site, List<Happening> history, Random random)
    {
        var days = history.Select(h => site.Clock.DayOf(h.At)).Order().ToArray();
        var boundary = site.Clock.DayStart(days[random.Next(days.Length)]);
        await using var command = postgres.Database.CreateCommand("update sites set kept_from = greatest(kept_from, $2) where site_id = $1 returning kept_from");
        command.Parameters.Add(new() { Value = site.Id });
        command.Parameters.Add(new() { Value = Instant.ToDateTime(boundary) });
        return Instant.FromDateTime((DateTime)(await command.ExecuteScalarAsync())!);
    }

    private static (string First, string Second) Two(Random random)
    {
        var first = Histories.Zones[random.Next(Histories.Zones.Length)];
        string second;
        do second = Histories.Zones[random.Next(Histories.Zones.Length)];
        while (second == first);
        return (first, second);
    }
}
