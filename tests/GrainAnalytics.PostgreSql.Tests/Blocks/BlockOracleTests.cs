using GrainAnalytics.Core.Filters;
using GrainAnalytics.Core.Queries;
using GrainAnalytics.Core.Rollups;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.PostgreSql.Queries;
using GrainAnalytics.PostgreSql.Tests.Jobs;
using GrainAnalytics.PostgreSql.Tests.Statistics;
using GrainAnalytics.Testing;
using Xunit;
using Xunit.Abstractions;

namespace GrainAnalytics.PostgreSql.Tests.Blocks;

/// <summary>Random histories, of which some days have blocks while the rest arrives, somebody becomes somebody else or is erased, and the zone changes: whatever is asked, the answer is
/// that of the raw events.</summary>
public sealed class BlockOracleTests(PostgresFixture postgres, ITestOutputHelper output) : IClassFixture<PostgresFixture>
{
    private static readonly int Rounds = Environment.GetEnvironmentVariable("GRAINANALYTICS_LONG") == "1" ? 200 : 30;

    private static readonly string[] Conditions = ["type==page_view", "type!=purchase|identify", "page=^/docs", "page==/|/pricing", "page!~a", "country==DE|FR", "country!=US", "browser=~fox", "source==newsletter",
        "source==", "referrer==", "(country==DE,page==/)", "(browser==Chrome;country==FR)"];

    [Fact]
    public async Task Blocks_answer_as_raw_events_do()
    {
        await using var engine = postgres.StartSingleNode();
        var eraser = postgres.Eraser(engine);
        var (built, members, leftOut, stale, open) = (0L, 0L, 0L, 0L, 0L);
        await SideBySide.RunAsync(Rounds, output.WriteLine, async (_, random) =>
        {
            var maker = new FilterMaker(random.Next());
            var zone = Histories.Zones[random.Next(Histories.Zones.Length)];
            var site = await postgres.AddSiteAsync(zone);
            var history = WithTies(Histories.Make(random, 150), random, maker);
            // Now is somewhere among them: there are days that have passed, one that has not ended, and what is dated in the future.
            var clock = new FakeClock(Instant.ToDateTime(history[random.Next(history.Count)].At + random.NextInt64(7_200_000_000)));
            await using var jobs = new Maintenance(postgres, random.Next(3) == 0 ? TimeProvider.System : clock);
            for (var parts = random.Next(1, 5); parts > 0; parts--)
            {
                clock.Advance(TimeSpan.FromMinutes(random.Next(1000)));
                await engine.AppendAsync(site, [.. history.Where(_ => parts == 1 || random.Next(3) == 0).DistinctBy(h => h.Id).Select(h => h.Encode())], default);
                if (random.Next(6) == 0) await eraser.EraseSurelyAsync(site, history[random.Next(history.Count)].User);
                if (random.Next(8) == 0) site = await jobs.RezoneAsync(site, Histories.Zones[random.Next(Histories.Zones.Length)]);
                var days = history.Select(h => site.Clock.DayOf(h.At)).Distinct().Order().ToArray();
                if (random.Next(2) == 0) await jobs.BuildAsync(site, days.Where(_ => random.Next(5) > 0));
                Interlocked.Add(ref built, await CountAsync("scan_days where blocks > 0", site));
                Interlocked.Add(ref members, await CountAsync("scan_members where member is not null", site));
                Interlocked.Add(ref leftOut, await CountAsync("scan_members where member is null", site));
                Interlocked.Add(ref stale, await CountAsync("scan_stale s join scan_days d using (site_id, day) where d.blocks > 0", site));
                Interlocked.Add(ref open, await CountAsync("scan_days where blocks > 0 and ends_at - starts_at < interval '23 hours'", site));
                var (from, to) = (days[random.Next(days.Length)].AddDays(-random.Next(3)), days[random.Next(days.Length)].AddDays(random.Next(3)));
                await CompareAsync(jobs, new StatsRange(site, from < to ? from : to, from < to ? to : from) { Filter = random.Next(3) == 0 ? null : Filter(random, maker) }, random);
            }
        });
        Assert.True(built > Rounds && members > built && leftOut > 0 && stale > 0 && open > 0, $"{built} days had blocks, with {members} members, {leftOut} left out, {stale} entries of people who changed; {open} days were present");
    }

    private Task<long> CountAsync(string what, Site site) => postgres.ScalarAsync<long>($"select count(*) from {what} and site_id = $1", site.Id);

    private static async Task CompareAsync(Maintenance jobs, StatsRange range, Random random)
    {
        var seed = random.Next();
        var (blocks, sql) = (Ask(jobs.Queries, range, new Random(seed), new FilterMaker(seed)).GetEnumerator(), Ask(jobs.SqlQueries, range, new Random(seed), new FilterMaker(seed)).GetEnumerator());
        for (var n = 0; blocks.MoveNext() && sql.MoveNext(); n++)
        {
            if (random.Next(4) > 0) continue;
            var (expected, actual) = (await sql.Current(), await blocks.Current());
            Assert.True(expected == actual, $"Question {n}, filter {range.Filter}: expected {expected} but was {actual}");
        }
    }

    private static IEnumerable<Func<Task<string>>> Ask(PostgresQueries queries, StatsRange range, Random random, FilterMaker maker)
    {
        var limit = random.Next(1, 8);
        for (var i = 0; i < 6; i++)
        {
            var name = maker.Name();
            yield return () => Text(queries.BreakdownAsync(range, new PayloadMember([name]), limit, default));
        }
        foreach (var by in Enum.GetValues<Dimension>()) yield return () => Text(queries.BreakdownAsync(range, by, limit, default));
        foreach (var metric in Enum.GetValues<Metric>())
            foreach (var interval in (Interval[])[range.To.DayNumber - range.From.DayNumber < 3 ? Interval.Minute : Interval.Hour, Interval.Day, Interval.Week, Interval.Month])
                foreach (var only in (string?[])[null, "purchase"]) yield return () => Text(queries.TimeSeriesAsync(range, new SeriesQuery(metric, interval, only), default));
        yield return () => Text(queries.TopEventsAsync(range, limit, default));
        yield return () => Text(MetricsAsync());
        yield return () => Text(SessionsAsync());
        yield return () => Text(queries.PagesAsync(range, limit, default));
        foreach (var period in Enum.GetValues<Period>()) yield return () => Text(queries.ActiveUsersAsync(range, period, default));
        for (var i = 0; i < 3; i++)
        {
            FunnelStep[] steps = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => new FunnelStep(Histories.Types[random.Next(Histories.Types.Length)], random.Next(3) == 0 ? Filter(random, maker) : null))];
            long? within = random.Next(2) == 0 ? null : random.Next(1, 200) * 600_000_000L;
            yield return () => Text(queries.FunnelAsync(range, steps, within, default));
            var type = Histories.Types[random.Next(Histories.Types.Length)];
            yield return () => Text(queries.PathsAsync(range, type, limit, default));
        }

        async Task<IReadOnlyList<SessionSummary>> SessionsAsync() => [await queries.SessionsAsync(range, default)];

        async Task<IReadOnlyList<string>> MetricsAsync() => [.. (await queries.MetricsAsync(range, null, default)).Select(day => $"{day.Date:o} {string.Join(' ', day.Metrics)}")];
    }

    private static async Task<string> Text<T>(Task<IReadOnlyList<T>> answer) => string.Join("; ", await answer);

    private static Filter Filter(Random random, FilterMaker maker)
    {
        if (random.Next(4) == 0) return maker.MemberCondition();
        if (random.Next(4) == 0) return new AllOf([maker.MemberCondition(), Filter(random, maker)]);
        if (random.Next(6) == 0) return new AnyOf([maker.MemberCondition(), Filter(random, maker), maker.MemberCondition()]);
        var text = string.Join(random.Next(2) == 0 ? ";" : ",", random.GetItems(Conditions, random.Next(1, 4)));
        Assert.True(FilterParser.TryParse(text, out var filter, out _), text);
        return filter!;
    }

    // Events at one instant, of which the id decides; sessions of several people; paths that UTF-16 and bytes order in two ways; payloads of all kinds, now and then a value that no block has.
    private static List<Happening> WithTies(List<Happening> history, Random random, FilterMaker maker) =>
    [
        .. history.Select(h => random.Next(3) switch
        {
            0 => h with { At = history[random.Next(history.Count)].At },
            1 => h with { Session = h.Session is null ? null : $"shared-{random.Next(5)}", Path = random.Next(2) == 0 ? "/\uffee" : "/\ud83c\udf88" },
            _ => h,
        }).Select(h => h with { Payload = random.Next(150) == 0 ? $$"""{"plan":"{{new string('x', 300)}}"}""" : maker.Payload() }),
    ];
}
