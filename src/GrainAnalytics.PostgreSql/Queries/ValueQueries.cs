using System.Runtime.InteropServices;
using GrainAnalytics.Core.Queries;
using GrainAnalytics.Core.Rollups;
using GrainAnalytics.Core.Sites;
using static GrainAnalytics.PostgreSql.Queries.Asker;

namespace GrainAnalytics.PostgreSql.Queries;

/// <summary>Counts by page and by the other dimensions.</summary>
internal sealed class ValueQueries(Asker asker)
{
    private readonly MonthCache _cache = new();

    public async Task<IReadOnlyList<ValueCount>> BreakdownAsync(StatsRange range, Dimension by, int limit, CancellationToken cancel)
    {
        var top = Top(await SumsAsync(range, by, cancel).ConfigureAwait(false), DimensionCounts.Events, limit);
        var users = await UsersAsync(range, by, top, cancel).ConfigureAwait(false);
        return [.. top.Select((value, i) => new ValueCount(value.Key, value.Value[DimensionCounts.Events], users[i].Count, users[i].IsExact))];
    }

    public async Task<IReadOnlyList<PageCount>> PagesAsync(StatsRange range, int limit, CancellationToken cancel)
    {
        var top = Top(await SumsAsync(range, Dimension.Page, cancel).ConfigureAwait(false), DimensionCounts.Views, limit);
        var users = await UsersAsync(range, Dimension.Page, top, cancel).ConfigureAwait(false);
        return [.. top.Select((page, i) => new PageCount(page.Key, page.Value[DimensionCounts.Views], users[i].Count, users[i].IsExact,
            page.Value[DimensionCounts.Entries], page.Value[DimensionCounts.Exits], page.Value[DimensionCounts.EngagedMs]))];
    }

    private async Task<Dictionary<string, long[]>> SumsAsync(StatsRange range, Dimension by, CancellationToken cancel)
    {
        var sums = new Dictionary<string, long[]>();
        int first = Period.Month.IndexOf(range.From), last = Period.Month.IndexOf(range.To), width = by.Width();
        foreach (var (month, values) in await MonthsAsync(range.Site, by, Period.Month.StartOf(first), Period.Month.StartOf(last), cancel).ConfigureAwait(false))
        {
            var index = Period.Month.IndexOf(month);
            var (from, to) = (index == first ? range.From.Day : 1, index == last ? range.To.Day : 31);
            var isWhole = from == 1 && to >= DateTime.DaysInMonth(month.Year, month.Month);
            foreach (var (value, counts, whole) in values.Rows)
            {
                ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, value, out _);
                sum ??= new long[width];
                if (isWhole) for (var i = 0; i < width; i++) sum[i] += whole[i];
                else MonthCounts.Sum(counts, from, to, sum);
            }
        }
        return sums;
    }

    // One statement, so that all months are of one moment.
    private async Task<List<(DateOnly Month, CachedMonth Values)>> MonthsAsync(Site site, Dimension by, DateOnly first, DateOnly last, CancellationToken cancel)
    {
        var known = Enumerable.Range(Period.Month.IndexOf(first), Period.Month.IndexOf(last) - Period.Month.IndexOf(first) + 1)
            .Select(month => _cache.Find(site.Id, by, Period.Month.StartOf(month))).OfType<CachedMonth>().ToDictionary(month => month.Version);
        var read = new List<(DateOnly Month, Guid Version, List<(string, byte[], long[])> Rows)>();
        await asker.ReadFoldedAsync(site, "ValueMonths", row =>
        {
            var (month, version) = (row.GetFieldValue<DateOnly>(0), row.GetGuid(1));
            if (read.Count == 0 || read[^1].Month != month) read.Add((month, version, []));
            if (row.IsDBNull(2)) return true;
            var (counts, sums) = (row.GetFieldValue<byte[]>(3), new long[by.Width()]);
            MonthCounts.Sum(counts, 1, 31, sums);
            read[^1].Rows.Add((row.GetString(2), counts, sums));
            return true;
        }, cancel, Value(site.Id), Value((short)by), Value(first), Value(last), Value(known.Keys.ToArray())).ConfigureAwait(false);
        var months = new List<(DateOnly, CachedMonth)>();
        foreach (var (month, version, rows) in read)
        {
            if (!known.TryGetValue(version, out var values)) _cache.Keep(site.Id, by, month, values = new CachedMonth(version, rows));
            months.Add((month, values));
        }
        return months;
    }

    private static List<KeyValuePair<string, long[]>> Top(Dictionary<string, long[]> sums, int place, int limit) =>
        [.. sums.Where(value => value.Value[place] > 0).OrderByDescending(value => value.Value[place])
            .ThenBy(value => value.Key, StringComparer.Ordinal).Take(limit)];

    private async Task<UserSketch[]> UsersAsync(StatsRange range, Dimension by, List<KeyValuePair<string, long[]>> values, CancellationToken cancel)
    {
        var users = values.Select(_ => new UserSketch()).ToArray();
        if (users.Length == 0) return users;
        await asker.ReadAsync("ValueUsers", row =>
        {
            users[row.GetInt64(0) - 1].Merge(row.GetFieldValue<byte[]>(1));
            return true;
        }, cancel, Value(range.Site.Id), Value((short)by), Value(values.Select(value => value.Key).ToArray()), Value(range.From), Value(range.To))
            .ConfigureAwait(false);
        return users;
    }
}
