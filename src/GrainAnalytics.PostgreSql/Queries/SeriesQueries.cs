using GrainAnalytics.Core.Queries;
using GrainAnalytics.Core.Rollups;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.PostgreSql.Scans;
using static GrainAnalytics.PostgreSql.PostgresEventStore;
using static GrainAnalytics.PostgreSql.Queries.Asker;

namespace GrainAnalytics.PostgreSql.Queries;

/// <summary>Counts over time.</summary>
internal sealed class SeriesQueries(Asker asker, ScanQueries scans)
{
    public async Task<IReadOnlyList<PeriodCount>> ActiveUsersAsync(StatsRange range, Period period, CancellationToken cancel)
    {
        int first = period.IndexOf(range.From), last = period.IndexOf(range.To);
        if (!range.IsPlain)
            return [.. (await ScanAsync(range, period, new SeriesQuery(Metric.Users, default, null), cancel).ConfigureAwait(false))
                .Select((point, i) => new PeriodCount(period.StartOf(first + i), point.Count))];
        var rows = await asker.ReadFoldedAsync(range.Site, "ActivePeriods", row => new PeriodCount(row.GetFieldValue<DateOnly>(0), row.GetInt64(1)), cancel,
            Value(range.Site.Id), Value(period.StartOf(first)), Value(period.StartOf(last)), Value((short)period)).ConfigureAwait(false);
        var users = rows.ToDictionary(row => row.Start, row => row.Users);
        return [.. Enumerable.Range(first, last - first + 1).Select(index => period.StartOf(index)).Select(start => new PeriodCount(start, users.GetValueOrDefault(start)))];
    }

    public async Task<IReadOnlyList<TimeCount>> TimeSeriesAsync(StatsRange range, SeriesQuery query, CancellationToken cancel)
    {
        var clock = range.Site.Clock;
        // Rollups do not know which users and sessions had events of a type.
        var isRaw = !range.IsPlain || query.Type is not null && query.Metric is Metric.Users or Metric.Sessions;
        if (query.Interval == Interval.Minute) return await scans.SeriesAsync(range, query, Minutes(range), cancel).ConfigureAwait(false);
        if (query.Interval == Interval.Hour)
            return isRaw ? await scans.SeriesAsync(range, query, [.. HoursOf(range)], cancel).ConfigureAwait(false) : await HoursAsync(range, query, cancel).ConfigureAwait(false);
        var period = query.Interval switch { Interval.Week => Period.Week, Interval.Month => Period.Month, _ => Period.Day };
        if (isRaw) return await ScanAsync(range, period, query, cancel).ConfigureAwait(false);
        if (query.Metric == Metric.Users)
            return [.. (await ActiveUsersAsync(range, period, cancel).ConfigureAwait(false)).Select(p => new TimeCount(clock.DayStart(p.Start), p.Users))];
        int first = period.IndexOf(range.From), last = period.IndexOf(range.To);
        var whole = range with { From = period.StartOf(first), To = period.StartOf(last + 1).AddDays(-1) };
        var counts = new long[last - first + 1];
        if (query.Metric == Metric.Sessions)
            foreach (var (day, sessions) in await asker.ReadFoldedAsync(range.Site, "SessionDays", row => (row.GetFieldValue<DateOnly>(0), row.GetInt64(1)),
                cancel, Value(range.Site.Id), Value(whole.From), Value(whole.To)).ConfigureAwait(false))
                counts[period.IndexOf(day) - first] += sessions;
        else
            foreach (var hour in await ReadHoursAsync(whole, query, cancel).ConfigureAwait(false))
                counts[period.IndexOf(clock.DayOf(hour.At)) - first] += hour.Count;
        return [.. counts.Select((count, i) => new TimeCount(clock.DayStart(period.StartOf(first + i)), count))];
    }

    private Task<IReadOnlyList<TimeCount>> ScanAsync(StatsRange range, Period period, SeriesQuery query, CancellationToken cancel)
    {
        int first = period.IndexOf(range.From), last = period.IndexOf(range.To);
        var whole = range with { From = period.StartOf(first), To = period.StartOf(last + 1).AddDays(-1) };
        return scans.SeriesAsync(whole, query, [.. Enumerable.Range(first, last - first + 1).Select(index => range.Site.Clock.DayStart(period.StartOf(index)))], cancel);
    }

    private static List<long> Minutes(StatsRange range)
    {
        var minutes = new List<long>();
        for (var minute = range.Start; minute < range.End; minute += 60 * Instant.Second) minutes.Add(minute);
        return minutes;
    }

    private async Task<IReadOnlyList<TimeCount>> HoursAsync(StatsRange range, SeriesQuery query, CancellationToken cancel)
    {
        var hours = new SortedDictionary<long, long>();
        foreach (var hour in HoursOf(range)) hours[hour] = 0;
        foreach (var hour in await ReadHoursAsync(range, query, cancel).ConfigureAwait(false)) hours[hour.At] = hour.Count;
        return [.. hours.Select(hour => new TimeCount(hour.Key, hour.Value))];
    }

    // A local hour that the clock cuts or repeats begins where the clock says; whoever has counts in it is added to these.
    private static IEnumerable<long> HoursOf(StatsRange range)
    {
        for (long hour = range.Start, next; hour < range.End; hour = next)
        {
            yield return hour;
            next = range.Site.Clock.HourStart(hour + Instant.Hour);
            if (next <= hour) next = hour + Instant.Hour;
        }
    }

    private Task<List<TimeCount>> ReadHoursAsync(StatsRange range, SeriesQuery query, CancellationToken cancel)
    {
        Npgsql.NpgsqlParameter[] parameters = [Value(range.Site.Id), Time(range.Start), Time(range.End)];
        return query.Metric switch
        {
            Metric.Users => asker.ReadFoldedAsync(range.Site, "ActiveHours", row => Read(row, 1), cancel, parameters),
            Metric.Sessions => asker.ReadFoldedAsync(range.Site, "ActiveHours", row => Read(row, 2), cancel, parameters),
            _ => asker.ReadAsync("TypeHours", row => Read(row, 1), cancel, [.. parameters, Text(query.Metric == Metric.PageViews ? "page_view" : query.Type)]),
        };

        static TimeCount Read(Npgsql.NpgsqlDataReader row, int column) => new(Instant.FromDateTime(row.GetDateTime(0)), row.GetInt64(column));
    }
}
