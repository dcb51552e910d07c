using System.Runtime.InteropServices;
using GrainAnalytics.Core.Queries;
using GrainAnalytics.Core.Rollups;
using static GrainAnalytics.PostgreSql.Queries.Asker;

namespace GrainAnalytics.PostgreSql.Queries;

/// <summary>Counts by page and by the other dimensions.</summary>
internal sealed class ValueQueries(Asker asker)
{
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
        int first = Period.Month.IndexOf(range.From), last = Period.Month.IndexOf(range.To);
        await asker.ReadFoldedAsync(range.Site, "ValueMonths", row =>
        {
            var month = Period.Month.IndexOf(row.GetFieldValue<DateOnly>(0));
            ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, row.GetString(1), out _);
            MonthCounts.Sum(row.GetFieldValue<byte[]>(2), month == first ? range.From.Day : 1, month == last ? range.To.Day : 31, sum ??= new long[by.Width()]);
            return true;
        }, cancel, Value(range.Site.Id), Value((short)by), Value(Period.Month.StartOf(first)), Value(Period.Month.StartOf(last))).ConfigureAwait(false);
        return sums;
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
