using GrainAnalytics.Core.Filters;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Queries;
using GrainAnalytics.Core.Rollups;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.PostgreSql.Blocks;
using GrainAnalytics.PostgreSql.Queries;
using GrainAnalytics.PostgreSql.Rollups;
using GrainAnalytics.PostgreSql.Scans;
using GrainAnalytics.Testing;
using Xunit;
using Xunit.Abstractions;

namespace GrainAnalytics.PostgreSql.Tests.Statistics;

/// <summary>Random histories, asked of the server's queries and counted again by brute force; all of it must be equal.</summary>
public sealed class OracleTests(PostgresFixture postgres, ITestOutputHelper output) : IClassFixture<PostgresFixture>
{
    // Together with those of ErasureOracleTests more than 200 histories.
    private static readonly int Rounds = Environment.GetEnvironmentVariable("GRAINANALYTICS_LONG") == "1" ? 500 : 160;

    [Fact]
    public async Task Every_statistic_equals_a_recount_of_the_history()
    {
        await using var database = new AnalyticsDatabase(Database.OpenForStatistics(postgres.ConnectionString));
        var rebuilder = new SiteRebuilder(database);
        var folds = new RollupKeeper(new SiteFolder(postgres.Database), rebuilder, TimeProvider.System);
        var queries = new PostgresQueries(new Asker(database, folds),
            new Scanner(database, folds, new ScanOptions { ScanBudget = TimeSpan.FromMinutes(1) }, TimeProvider.System));
        await using var maintenance = new MaintenanceDatabase(Database.OpenForMaintenance(postgres.ConnectionString));
        var builder = new BlockBuilder(maintenance, TimeProvider.System);
        await using var engine = postgres.StartSingleNode();
        await SideBySide.RunAsync(Rounds, output.WriteLine, async (i, random) =>
        {
            var zone = Histories.Zones[random.Next(Histories.Zones.Length)];
            var site = await postgres.AddSiteAsync(zone);
            var history = Histories.Make(random, 60);
            await SendAsync(engine, site, history, random, async () =>
            {
                await BuildAsync(builder, site, history, zone, random);
                // A question folds what is there. That all of them can be asked in between is shown by some rounds.
                await folds.FoldAsync(site.Id);
                if (i % 10 == 0) await AskAsync(queries, site, [.. history.Take(1)], zone, random, compare: false);
            });
            await BuildAsync(builder, site, history, zone, random);
            await AskAsync(queries, site, history, zone, random, compare: true);
            if (i % 10 > 0) return;
            await BuildAsync(builder, site, history, zone, random);
            Assert.Equal(history.Count(h => !h.IsBot), await rebuilder.RebuildAsync(site.Id, always: true, null, default));
            await AskAsync(queries, site, history, zone, random, compare: true, isRebuilt: true);
        });
    }

    private static readonly (string Filter, Func<Happening, bool> Matches)[] Filters =
    [
        ("country==DE|FR", h => h.Country is "DE" or "FR"), ("country!=US;type!=purchase", h => h.Country != "US" && h.Type != "purchase"),
        ("page=^/docs,source==newsletter", h => h.Path?.StartsWith("/docs", StringComparison.Ordinal) == true || h.Source == "newsletter"), ("browser!~fox", h => !h.Browser.Contains("fox")),
    ];

    // Blocks of no day, of some or of all days on which something happened.
    internal static async Task BuildAsync(BlockBuilder builder, Site site, List<Happening> history, string zone, Random random)
    {
        var (oracle, share) = (new Oracle([], zone), random.Next(3));
        foreach (var day in history.Select(h => oracle.Day(h.At)).Distinct().Where(_ => random.Next(2) < share)) Assert.Equal(BlockOutcome.Built, await builder.BuildAsync(site.Id, day, default));
    }

    // In any order, in requests of any size, some of it twice; and statistics are asked for in between, so that it is folded in pieces.
    internal static async Task SendAsync(Core.Engine.SingleNodeEngine engine, Site site, List<Happening> history, Random random, Func<Task> between)
    {
        var rest = history.Concat(history.Where(_ => random.Next(5) == 0)).ToArray();
        random.Shuffle(rest);
        for (var at = 0; at < rest.Length;)
        {
            var part = rest.Skip(at).Take(random.Next(1, 30)).DistinctBy(h => h.Id).ToArray();
            at += rest.Skip(at).TakeWhile((h, n) => n < part.Length).Count();
            var outcomes = await engine.AppendAsync(site, [.. part.Select(h => h.Encode())], default);
            Assert.All(outcomes, outcome => Assert.True(outcome is IngestOutcome.Stored or IngestOutcome.Duplicate, outcome.ToString()));
            if (random.Next(4) == 0) await between();
        }
        // What a chunk with a repeat inside left behind.
        await engine.AppendAsync(site, [.. history.DistinctBy(h => h.Id).Select(h => h.Encode())], default);
    }

    internal static async Task AskAsync(PostgresQueries queries, Site site, List<Happening> history, string zone, Random random, bool compare, bool isRebuilt = false)
    {
        var oracle = new Oracle(history, zone);
        var days = history.Select(h => oracle.Day(h.At)).Order().ToArray();
        var (from, to) = (days[0].AddDays(random.Next(-20, 20)), days[^1].AddDays(random.Next(-20, 20)));
        if (from > to) (from, to) = (to, from);
        var range = new StatsRange(site, from, to);
        var today = to.AddDays(random.Next(0, 60));
        var (limit, type) = (random.Next(1, 8), random.Next(2) == 0 ? null : "page_view");
        foreach (var period in Enum.GetValues<Period>())
        {
            Same(oracle.ActiveUsers(from, to, period), await queries.ActiveUsersAsync(range, period, default));
            var periods = random.Next(1, 40);
            Same(oracle.Retention(from, to, period, periods, today), (await queries.RetentionAsync(range, period, periods, today, default))
                .Select(c => $"{c.Start:o} {c.Size}: {string.Join(' ', c.Retained)}"));
        }
        Same(oracle.TopEvents(from, to, limit), await queries.TopEventsAsync(range, limit, default));
        Same(oracle.Metrics(from, to, type), (await queries.MetricsAsync(range, type, default))
            .Select(day => $"{day.Date:o} {string.Join(", ", day.Metrics.Select(m => $"{m.Type} {m.Count}"))}"));
        Same([oracle.Sessions(from, to)], [await queries.SessionsAsync(range, default)]);
        // Users of values were counted before it was known who is who; made again they know.
        var knows = isRebuilt || !oracle.HasLinks;
        Same(oracle.Pages(from, to, limit).Select(p => knows ? p : p with { Visitors = 0 }),
            (await queries.PagesAsync(range, limit, default)).Select(p => knows ? p : p with { Visitors = 0 }));
        foreach (var by in (Dimension[])[Dimension.Page, Dimension.Country, Dimension.Browser, Dimension.Source, Dimension.Os])
            Same(oracle.Breakdown(from, to, by, limit).Select(v => knows ? v : v with { Users = 0 }),
                (await queries.BreakdownAsync(range, by, limit, default)).Select(v => knows ? v : v with { Users = 0 }));
        foreach (var metric in Enum.GetValues<Metric>())
        {
            var only = metric == Metric.Events ? type : null;
            var hours = await queries.TimeSeriesAsync(range, new SeriesQuery(metric, Interval.Hour, only), default);
            var expected = oracle.Hours(from, to, metric, only);
            Same(expected.OrderBy(h => h.Key).Select(h => new TimeCount(h.Key, h.Value)), hours.Where(h => h.Count > 0));
            var slack = 2 + 26 * (zone.Split(',').Length - 1);      // a change of the zone makes a day shorter or longer
            Assert.InRange(hours.Count, (to.DayNumber - from.DayNumber + 1) * 24 - slack, (to.DayNumber - from.DayNumber + 1) * 24 + slack);
            foreach (var period in Enum.GetValues<Period>())
            {
                var series = await queries.TimeSeriesAsync(range, new SeriesQuery(metric, (Interval)((int)period + 2), only), default);
                var counts = oracle.Periods(from, to, period, metric, only);
                Same(counts.OrderBy(p => p.Key).Select(p => $"{p.Key:o} {p.Value}"), series.Where(p => p.Count > 0).Select(p => $"{oracle.Day(p.At):o} {p.Count}"));
                Same(oracle.ActiveUsers(from, to, period).Select(p => p.Start), series.Select(p => oracle.Day(p.At)));
            }
        }
        // Raw events say the same, and have what crawlers sent; but not whom they claim to be.
        var everything = new Oracle([.. history.Select(h => h with { IsBot = false, Anonymous = h.IsBot ? null : h.Anonymous })], zone);
        var withBots = range with { WithBots = true };
        Same(everything.TopEvents(from, to, limit), await queries.TopEventsAsync(withBots, limit, default));
        Same(everything.Breakdown(from, to, Dimension.Country, limit), await queries.BreakdownAsync(withBots, Dimension.Country, limit, default));
        Same(everything.Breakdown(from, to, Dimension.Page, limit), await queries.BreakdownAsync(withBots, Dimension.Page, limit, default));
        foreach (var period in Enum.GetValues<Period>())
        {
            Same(everything.ActiveUsers(from, to, period), await queries.ActiveUsersAsync(withBots, period, default));
            var views = await queries.TimeSeriesAsync(range, new SeriesQuery(Metric.Users, (Interval)((int)period + 2), "purchase"), default);
            Same(oracle.Periods(from, to, period, Metric.Users, "purchase").OrderBy(p => p.Key).Select(p => $"{p.Key:o} {p.Value}"),
                views.Where(p => p.Count > 0).Select(p => $"{oracle.Day(p.At):o} {p.Count}"));
        }
        var (filter, matches) = Filters[random.Next(Filters.Length)];
        Assert.True(FilterParser.TryParse(filter, out var parsed, out _), filter);
        var some = new Oracle(history, zone, matches) { IsScan = true };
        var filtered = range with { Filter = parsed };
        foreach (var period in Enum.GetValues<Period>())
        {
            Same(some.ActiveUsers(from, to, period), await queries.ActiveUsersAsync(filtered, period, default));
            Same(some.Retention(from, to, period, 5, today), (await queries.RetentionAsync(filtered, period, 5, today, default))
                .Select(c => $"{c.Start:o} {c.Size}: {string.Join(' ', c.Retained)}"));
        }
        Same(some.TopEvents(from, to, limit), await queries.TopEventsAsync(filtered, limit, default));
        Same(some.Metrics(from, to, type), (await queries.MetricsAsync(filtered, type, default))
            .Select(day => $"{day.Date:o} {string.Join(", ", day.Metrics.Select(m => $"{m.Type} {m.Count}"))}"));
        Same(some.Pages(from, to, limit), await queries.PagesAsync(filtered, limit, default));
        Same(some.Breakdown(from, to, Dimension.Source, limit), await queries.BreakdownAsync(filtered, Dimension.Source, limit, default));
        Same([some.Sessions(from, to)], [await queries.SessionsAsync(filtered, default)]);
        string[] steps = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Histories.Types[random.Next(Histories.Types.Length - 2)])];
        foreach (var within in (long?[])[null, random.Next(1, 200) * 60_000_000L, random.Next(1, 100) * 86_400_000_000L])
            Same(oracle.Funnel(from, to, steps, within), (await queries.FunnelAsync(range, [.. steps.Select(step => new FunnelStep(step))], within, default)).Select(f => f.Users));
        Same(oracle.Paths(from, to, "page_view", limit), await queries.PathsAsync(range, "page_view", limit, default));
        Same(oracle.Users("u1"), (await queries.UsersAsync(new UserQuery(site, "u1", 100, null), default)).Select(u => u with { Sessions = 0 }));

        void Same<T>(IEnumerable<T> expected, IEnumerable<T> actual)
        {
            if (compare) Assert.Equal(expected, actual);
            else _ = actual.ToList();
        }
    }
}
