using System.Text;
using GrainAnalytics.Core.Queries;
using GrainAnalytics.Core.Rollups;
using GrainAnalytics.Core.Text;
using Npgsql;
using static GrainAnalytics.PostgreSql.Queries.Asker;

namespace GrainAnalytics.PostgreSql.Scans;

/// <summary>Answers from raw events what no rollup does: with crawlers, by minutes, by members of the payload.</summary>
internal sealed class ScanQueries(Scanner scanner)
{
    public async Task<IReadOnlyList<TimeCount>> SeriesAsync(StatsRange range, SeriesQuery query, IReadOnlyList<long> starts, CancellationToken cancel)
    {
        var name = query.Metric switch { Metric.Sessions => "ScanSessionSeries", Metric.Users => "ScanUserSeries", _ => "ScanSeries" };
        var scan = new Scan(name, range, Value(starts.Select(Instant.ToDateTime).ToArray()));
        if ((query.Metric == Metric.PageViews ? "page_view" : query.Type) is { } type) scan.Where($"e.type = {scan.Add(Value(type))}");
        var counts = (await scanner.ReadAsync(range, scan, row => (Place: row.GetInt32(0), Count: row.GetInt64(1)), cancel).ConfigureAwait(false))
            .ToDictionary(row => row.Place, row => row.Count);
        return [.. starts.Select((start, i) => new TimeCount(start, counts.GetValueOrDefault(i + 1)))];
    }

    public async Task<IReadOnlyList<TypeCount>> TypesAsync(StatsRange range, int limit, CancellationToken cancel)
    {
        var scan = new Scan("ScanTypes", range, Value((long)limit));
        return await scanner.ReadAsync(range, scan, row => new TypeCount(row.GetString(0), row.GetInt64(1)), cancel).ConfigureAwait(false);
    }

    public Task<List<(int Place, TypeCount Count)>> MetricsAsync(StatsRange range, IEnumerable<long> days, string? type, CancellationToken cancel)
    {
        var scan = new Scan("ScanMetrics", range, Value(days.Select(Instant.ToDateTime).ToArray()));
        if (type is not null) scan.Where($"e.type = {scan.Add(Value(type))}");
        return scanner.ReadAsync(range, scan, row => (row.GetInt32(0), new TypeCount(row.GetString(1), row.GetInt64(2))), cancel);
    }

    public Task<IReadOnlyList<ValueCount>> BreakdownAsync(StatsRange range, Dimension by, int limit, CancellationToken cancel) =>
        BreakdownAsync(range, by == Dimension.Page ? "e.path" : $"c.{by.ToString().ToLowerInvariant()}", [], limit, cancel);

    public Task<IReadOnlyList<ValueCount>> BreakdownAsync(StatsRange range, PayloadMember by, int limit, CancellationToken cancel) =>
        BreakdownAsync(range, "e.payload #>> $6::text[]", [.. by.Path], limit, cancel);

    public async Task<IReadOnlyList<PageCount>> PagesAsync(StatsRange range, int limit, CancellationToken cancel)
    {
        var scan = new Scan("ScanPages", range, Value((long)limit));
        return await scanner.ReadAsync(range, scan, row => new PageCount(row.GetString(0), row.GetInt64(1), row.GetInt64(2), true, row.GetInt64(3), row.GetInt64(4),
            row.GetInt64(5)), cancel).ConfigureAwait(false);
    }

    public async Task<SessionSummary> SessionsAsync(StatsRange range, CancellationToken cancel) => (await scanner.ReadAsync(range, new Scan("ScanSessions", range), row =>
        new SessionSummary(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), Seconds(row, 4), Seconds(row, 5)), cancel).ConfigureAwait(false)).Single();

    /// <summary>Who had a matching event in which of the periods, by their numbers.</summary>
    public async Task<List<(string UserId, int Index)>> ActivityAsync(StatsRange range, Period period, CancellationToken cancel)
    {
        int first = period.IndexOf(range.From), last = period.IndexOf(range.To);
        var starts = Enumerable.Range(first, last - first + 1).Select(index => Instant.ToDateTime(range.Site.Clock.DayStart(period.StartOf(index)))).ToArray();
        return await scanner.ReadAsync(range, new Scan("ScanActivity", range, Value(starts)), row => (row.GetString(0), first + row.GetInt32(1) - 1), cancel)
            .ConfigureAwait(false);
    }

    public async Task<IReadOnlyList<FunnelCount>> FunnelAsync(StatsRange range, IReadOnlyList<FunnelStep> steps, long? within, CancellationToken cancel)
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
        await scanner.ReadAsync(range, scan, row =>
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

    public async Task<IReadOnlyList<NextStep>> PathsAsync(StatsRange range, string fromType, int limit, CancellationToken cancel)
    {
        var scan = new Scan("ScanPaths", range, Value((long)limit), Value(fromType));
        return await scanner.ReadAsync(range, scan, row => new NextStep(row.IsDBNull(0) ? null : row.GetString(0), row.GetInt64(1), row.GetInt64(2)), cancel)
            .ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<ValueCount>> BreakdownAsync(StatsRange range, string value, string[] path, int limit, CancellationToken cancel)
    {
        var scan = new Scan("ScanBreakdown", range, Value((long)limit), Value(path)).Fill("value", value);
        return await scanner.ReadAsync(range, scan, row => new ValueCount(row.GetString(0), row.GetInt64(1), row.GetInt64(2), true), cancel).ConfigureAwait(false);
    }

    private static int? Seconds(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt32(column);
}
