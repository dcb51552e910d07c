using System.Text;
using GrainAnalytics.Core.Queries;
using GrainAnalytics.Core.Rollups;
using GrainAnalytics.PostgreSql.Scans;
using static GrainAnalytics.PostgreSql.Queries.Asker;

namespace GrainAnalytics.PostgreSql.Queries;

/// <summary>Users who came back.</summary>
internal sealed class RetentionQueries(Asker asker, ScanQueries scans)
{
    private const int UsersAtOnce = 50_000;

    public async Task<IReadOnlyList<Cohort>> ReadAsync(StatsRange range, Period period, int periods, DateOnly today, CancellationToken cancel)
    {
        var cells = await asker.ReadFoldedAsync(range.Site, "Retention",
            row => (Cohort: period.IndexOf(row.GetFieldValue<DateOnly>(0)), Nth: row.GetInt32(1), Users: row.GetInt64(2)), cancel, Value(range.Site.Id),
            Value(period.StartOf(period.IndexOf(range.From))), Value(range.To), Value((short)period), Value(periods)).ConfigureAwait(false);
        var cohorts = cells.GroupBy(cell => cell.Cohort).OrderBy(cohort => cohort.Key).Select(cohort =>
        {
            var retained = new long[Math.Clamp(period.IndexOf(today) - cohort.Key, 0, periods) + 1];
            foreach (var cell in cohort) if (cell.Nth < retained.Length) retained[cell.Nth] = cell.Users;
            return new Cohort(period.StartOf(cohort.Key), retained[0], retained);
        }).ToArray();
        if (range.IsPlain || cohorts.Length == 0) return cohorts;

        // A cohort has the same users; active are those with a matching event.
        var matching = cohorts.Select(cohort => new long[cohort.Retained.Count]).ToArray();
        var first = period.IndexOf(cohorts[0].Start);
        var places = cohorts.Select((cohort, i) => (period.IndexOf(cohort.Start), i)).ToDictionary();
        var last = cohorts.Max(cohort => period.IndexOf(cohort.Start) + cohort.Retained.Count - 1);
        var whole = range with { From = period.StartOf(first), To = period.StartOf(last + 1).AddDays(-1) };
        foreach (var users in (await scans.ActivityAsync(whole, period, cancel).ConfigureAwait(false)).GroupBy(row => row.UserId).Chunk(UsersAtOnce))
        {
            var active = users.ToDictionary(user => user.Key);
            await asker.ReadAsync("ReadUsers", row =>
            {
                var hours = ActiveHours.Read(row.GetFieldValue<byte[]>(5)).Starts;
                if (hours.Count == 0 || !places.TryGetValue(period.IndexOf(range.Site.Clock.DayOf(hours[0])), out var place)) return false;
                foreach (var (_, index) in active[row.GetString(0)])
                    if (index - period.IndexOf(cohorts[place].Start) is var nth and >= 0 && nth < matching[place].Length) matching[place][nth]++;
                return true;
            }, cancel, Value(range.Site.Id), Value(active.Keys.ToArray())).ConfigureAwait(false);
        }
        return [.. cohorts.Select((cohort, i) => cohort with { Retained = matching[i] })];
    }
}
