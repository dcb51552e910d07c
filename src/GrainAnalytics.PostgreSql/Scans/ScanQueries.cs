using System.Text;
using GrainAnalytics.Core.Blocks;
using GrainAnalytics.Core.Filters;
using GrainAnalytics.Core.Queries;
using GrainAnalytics.Core.Rollups;
using GrainAnalytics.Core.Text;
using GrainAnalytics.PostgreSql.Blocks;
using Npgsql;
using static GrainAnalytics.PostgreSql.Queries.Asker;

namespace GrainAnalytics.PostgreSql.Scans;

/// <summary>Answers from raw events what no rollup does: with crawlers, by minutes, by members of the payload. What blocks of days have is counted from them, in code; the queries
/// say the same of everything.</summary>
internal sealed class ScanQueries(Scanner scanner)
{
    private static readonly long[] Ever = [long.MinValue];

    public Task<IReadOnlyList<TimeCount>> SeriesAsync(StatsRange range, SeriesQuery query, IReadOnlyList<long> starts, CancellationToken cancel)
    {
        var type = query.Metric == Metric.PageViews ? "page_view" : query.Type;
        return query.Metric switch
        {
            Metric.Sessions => AskAsync(range, type, (names, test) => new SessionSeriesTally(names, test, [.. starts]), tally => Points(tally.Result()), FromEventsAsync, cancel),
            Metric.Users => AskAsync(range, type, (names, test) => new UserSeriesTally(names, test, [.. starts]), tally => Points(tally.Result), FromEventsAsync, cancel),
            _ => AskAsync(range, type, (names, test) => new SeriesTally(names, test, [.. starts]), tally => Points(tally.Result), FromEventsAsync, cancel),
        };

        IReadOnlyList<TimeCount> Points(long[] counts) => [.. starts.Select((start, i) => new TimeCount(start, counts[i]))];

        async Task<IReadOnlyList<TimeCount>> FromEventsAsync(CancellationToken cancel)
        {
            var name = query.Metric switch { Metric.Sessions => "ScanSessionSeries", Metric.Users => "ScanUserSeries", _ => "ScanSeries" };
            var scan = new Scan(name, range, Value(starts.Select(Instant.ToDateTime).ToArray()));
            if (type is not null) scan.Where($"e.type = {scan.Add(Value(type))}");
            var counts = (await scanner.RunAsync(scan, row => (Place: row.GetInt32(0), Count: row.GetInt64(1)), cancel).ConfigureAwait(false)).ToDictionary(row => row.Place, row => row.Count);
            return [.. starts.Select((start, i) => new TimeCount(start, counts.GetValueOrDefault(i + 1)))];
        }
    }

    public Task<IReadOnlyList<TypeCount>> TypesAsync(StatsRange range, int limit, CancellationToken cancel) => AskAsync<TypeTally, IReadOnlyList<TypeCount>>(range, null,
        (names, test) => new TypeTally(names, test, Ever), tally => [.. tally.Result.Select(row => row.Count).OrderByDescending(count => count.Count).ThenBy(count => count.Type, Utf8Order.Instance).Take(limit)],
        async cancel => await scanner.RunAsync(new Scan("ScanTypes", range, Value((long)limit)), row => new TypeCount(row.GetString(0), row.GetInt64(1)), cancel).ConfigureAwait(false), cancel);

    public Task<List<(int Place, TypeCount Count)>> MetricsAsync(StatsRange range, long[] days, string? type, CancellationToken cancel) =>
        AskAsync(range, type, (names, test) => new TypeTally(names, test, days), tally => tally.Result.Select(row => (row.Place + 1, row.Count)).ToList(), cancel =>
        {
            var scan = new Scan("ScanMetrics", range, Value(days.Select(Instant.ToDateTime).ToArray()));
            if (type is not null) scan.Where($"e.type = {scan.Add(Value(type))}");
            return scanner.RunAsync(scan, row => (row.GetInt32(0), new TypeCount(row.GetString(1), row.GetInt64(2))), cancel);
        }, cancel);

    public Task<IReadOnlyList<ValueCount>> BreakdownAsync(StatsRange range, Dimension by, int limit, CancellationToken cancel)
    {
        var column = Enum.Parse<FilterColumn>(by.ToString());
        return AskAsync(range, null, (names, test) => new ValueTally(names, test, new FilterField(column, [])), tally => tally.Result(limit),
            cancel => BreakdownAsync(range, by == Dimension.Page ? "e.path" : $"c.{by.ToString().ToLowerInvariant()}", [], limit, cancel), cancel, by == Dimension.Page ? null : column);
    }

    public Task<IReadOnlyList<ValueCount>> BreakdownAsync(StatsRange range, PayloadMember by, int limit, CancellationToken cancel)
    {
        // Blocks have the outermost ones.
        return by.Path is [_] ? AskAsync(range, null, (names, test) => new ValueTally(names, test, new FilterField(FilterColumn.Payload, by.Path)), tally => tally.Result(limit), FromEventsAsync, cancel)
            : AskEventsAsync(range, FromEventsAsync, cancel);

        Task<IReadOnlyList<ValueCount>> FromEventsAsync(CancellationToken cancel) => BreakdownAsync(range, "e.payload #>> $6::text[]", [.. by.Path], limit, cancel);
    }

    public Task<IReadOnlyList<PageCount>> PagesAsync(StatsRange range, int limit, CancellationToken cancel) => AskAsync<PageTally, IReadOnlyList<PageCount>>(range, null, (names, test) => new PageTally(names, test), tally => tally.Result(limit),
        async cancel => await scanner.RunAsync(new Scan("ScanPages", range, Value((long)limit)), row => new PageCount(row.GetString(0), row.GetInt64(1), row.GetInt64(2), true, row.GetInt64(3),
            row.GetInt64(4), row.GetInt64(5)), cancel).ConfigureAwait(false), cancel);

    public Task<SessionSummary> SessionsAsync(StatsRange range, CancellationToken cancel) => AskAsync(range, null, (names, test) => new SessionTally(names, test), tally => tally.Result(),
        async cancel => (await scanner.RunAsync(new Scan("ScanSessions", range), row =>
            new SessionSummary(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), Seconds(row, 4), Seconds(row, 5)), cancel).ConfigureAwait(false)).Single(), cancel);

    /// <summary>Who had a matching event in which of the periods, by their numbers. Blocks do not know anybody's id.</summary>
    public Task<List<(string UserId, int Index)>> ActivityAsync(StatsRange range, Period period, CancellationToken cancel)
    {
        int first = period.IndexOf(range.From), last = period.IndexOf(range.To);
        var starts = Enumerable.Range(first, last - first + 1).Select(index => Instant.ToDateTime(range.Site.Clock.DayStart(period.StartOf(index)))).ToArray();
        return AskEventsAsync(range, cancel => scanner.RunAsync(new Scan("ScanActivity", range, Value(starts)), row => (row.GetString(0), first + row.GetInt32(1) - 1), cancel), cancel);
    }

    public Task<IReadOnlyList<FunnelCount>> FunnelAsync(StatsRange range, IReadOnlyList<FunnelStep> steps, long? within, CancellationToken cancel)
    {
        var names = new ScanNames();
        var tests = steps.Select(step => (Type: names.TypeOf(step.Type), Test: step.Filter is { } filter ? EventTest.Of(filter, names) : null)).ToArray();
        if (steps.Where((step, i) => step.Filter is not null && tests[i].Test is null).Any()) return AskEventsAsync(range, FromEventsAsync, cancel);
        return AskAsync<FunnelTally, IReadOnlyList<FunnelCount>>(range, null, (names, test) => new FunnelTally(names, test, tests, within),
            tally => [.. steps.Select((step, i) => new FunnelCount(step.Type, tally.Result[i]))], FromEventsAsync, cancel, names: names,
            columns: steps.SelectMany(step => step.Filter is { } filter ? EventTest.ContextColumns(filter) : []));

        Task<IReadOnlyList<FunnelCount>> FromEventsAsync(CancellationToken cancel) => ScanFunnelAsync(range, steps, within, cancel);
    }

    public Task<IReadOnlyList<NextStep>> PathsAsync(StatsRange range, string fromType, int limit, CancellationToken cancel) =>
        AskAsync<PathsTally, IReadOnlyList<NextStep>>(range, null, (names, test) => new PathsTally(names, test, fromType), tally => tally.Result(limit), async cancel => await scanner.RunAsync(
            new Scan("ScanPaths", range, Value((long)limit), Value(fromType)), row => new NextStep(row.IsDBNull(0) ? null : row.GetString(0), row.GetInt64(1), row.GetInt64(2)), cancel).ConfigureAwait(false), cancel);

    private Task<T> AskEventsAsync<T>(StatsRange range, Func<CancellationToken, Task<T>> fromEvents, CancellationToken cancel) =>
        scanner.AnswerAsync(range, null, () => default!, fromEvents, cancel);

    // Crawlers' events are in no block, and what a filter asks for may not be.
    private Task<T> AskAsync<TTally, T>(StatsRange range, string? type, Func<ScanNames, EventTest?, TTally> make, Func<TTally, T> answer, Func<CancellationToken, Task<T>> fromEvents,
        CancellationToken cancel, FilterColumn? by = null, ScanNames? names = null, IEnumerable<FilterColumn>? columns = null) where TTally : EventTally
    {
        names ??= new();
        Filter? filter = type is null ? null : new TextCondition(new FilterField(FilterColumn.Type, []), TextMatch.Equals, IsNegated: false, [type]);
        if (range.Filter is { } also) filter = filter is null ? also : new AllOf([filter, also]);
        var test = filter is null ? null : EventTest.Of(filter, names);
        if (range.WithBots || filter is not null && test is null) return AskEventsAsync(range, fromEvents, cancel);
        var tally = make(names, test);
        FilterColumn[] wanted = [.. columns ?? [], .. filter is null ? [] : EventTest.ContextColumns(filter), .. by is { } column ? new[] { column } : []];
        return scanner.AnswerAsync(range, new BlockQuestion(range, names, tally, wanted), () => answer(tally), fromEvents, cancel);
    }

    private async Task<IReadOnlyList<FunnelCount>> ScanFunnelAsync(StatsRange range, IReadOnlyList<FunnelStep> steps, long? within, CancellationToken cancel)
    {
        var scan = new Scan("ScanFunnel", range, Value(within is not null));
        var matches = new StringBuilder();
        for (var i = 0; i < steps.Count; i++)
        {
            matches.Append(i == 0 ? "" : " | ").Append("case when e.type = ").Append(scan.Add(Value(steps[i].Type)));
            if (steps[i].Filter is { } filter) matches.Append(" and ").Append(scan.Condition(filter));
            matches.Append(" then ").Append(1 << i).Append(" else 0 end");
        }
        scan.Fill("steps", $"({matches})").Where($"e.type = any ({scan.Add(Value(steps.Select(step => step.Type).Distinct().ToArray()))})");
        var reached = new long[steps.Count];
        (long Person, FunnelWalk Walk)? current = null;
        await scanner.RunAsync(scan, row =>
        {
            if (row.IsDBNull(0))
            {
                reached[0] += row.GetInt64(2);
                return default(ValueTuple);
            }
            var person = row.GetInt64(0);
            if (current?.Person != person)
            {
                Finish();
                current = (person, new FunnelWalk(steps.Count, within));
            }
            current.Value.Walk.Add(Instant.FromDateTime(row.GetDateTime(1)), (int)row.GetInt64(2));
            return default;
        }, cancel).ConfigureAwait(false);
        Finish();
        return [.. steps.Select((step, i) => new FunnelCount(step.Type, reached[i]))];

        void Finish()
        {
            for (var i = 0; i < current?.Walk.Reached; i++) reached[i]++;
        }
    }

    private async Task<IReadOnlyList<ValueCount>> BreakdownAsync(StatsRange range, string value, string[] path, int limit, CancellationToken cancel)
    {
        var scan = new Scan("ScanBreakdown", range, Value((long)limit), Value(path)).Fill("value", value);
        return await scanner.RunAsync(scan, row => new ValueCount(row.GetString(0), row.GetInt64(1), row.GetInt64(2), true), cancel).ConfigureAwait(false);
    }

    private static int? Seconds(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt32(column);
}
