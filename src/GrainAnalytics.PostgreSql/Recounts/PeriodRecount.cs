using GrainAnalytics.Core.Rollups;
using GrainAnalytics.Core.Text;
using GrainAnalytics.PostgreSql.Writing;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Recounts;

/// <summary>Recounts active and retained users of the day, the week and the month from what is known of the users: the hours of each, which the recount of
/// every day compares with the events.</summary>
internal sealed class PeriodRecount(NpgsqlConnection connection, DayScope scope)
{
    private static readonly Period[] Periods = [Period.Day, Period.Week, Period.Month];

    public async Task<IReadOnlyList<Findings>> RunAsync(CancellationToken cancel)
    {
        var spans = Array.ConvertAll(Periods, Span);
        // Active users have no nth; by period and first day of the period or the cohort.
        var expected = new Dictionary<(Period Period, DateOnly Start, int? Nth), long>();
        var seen = DayScope.Command(connection, "UsersSeen", scope.SiteId, Instant.ToDateTime(spans.Min(s => s.From)), Instant.ToDateTime(spans.Max(s => s.To)));
        await FoldedRecount.ForEachAsync(connection, seen, "seen", rows =>
        {
            foreach (var row in rows) Count(ActiveHours.Read((byte[])row[1]).Starts, spans, expected);
            return Task.CompletedTask;
        }, cancel).ConfigureAwait(false);
        var differences = new Dictionary<(Period Period, DateOnly Start, int? Nth), (long Found, long Expected)>();
        foreach (var (key, users) in expected) differences[key] = (0, users);
        await using (var stored = DayScope.Command(connection, "ReadPeriods", scope.SiteId, scope.Day, Start(Period.Week), Start(Period.Month)))
        await using (var reader = await stored.ExecuteReaderAsync(cancel).ConfigureAwait(false))
            while (await reader.ReadAsync(cancel).ConfigureAwait(false))
            {
                var key = ((Period)reader.GetInt16(0), reader.GetFieldValue<DateOnly>(1), reader.IsDBNull(2) ? (int?)null : reader.GetInt32(2));
                differences[key] = (reader.GetInt64(3), expected.GetValueOrDefault(key));
            }
        return [await StoreAsync("period_users", differences, isRetention: false, cancel).ConfigureAwait(false), await StoreAsync("retention", differences, isRetention: true, cancel).ConfigureAwait(false)];
    }

    private void Count(IReadOnlyList<long> hours, (long From, long To)[] spans, Dictionary<(Period, DateOnly, int?), long> counts)
    {
        if (hours.Count == 0) return;
        var first = scope.Clock.DayOf(hours[0]);
        for (var i = 0; i < Periods.Length; i++)
        {
            var (from, to) = spans[i];
            if (!hours.Any(hour => hour >= from && hour < to)) continue;
            var period = Periods[i];
            int index = period.IndexOf(scope.Day), cohort = period.IndexOf(first);
            Add((period, period.StartOf(index), null));
            Add((period, period.StartOf(cohort), index - cohort));
        }

        void Add((Period, DateOnly, int?) key) => counts[key] = counts.GetValueOrDefault(key) + 1;
    }

    private async Task<Findings> StoreAsync(string table, Dictionary<(Period Period, DateOnly Start, int? Nth), (long Found, long Expected)> counts, bool isRetention,
        CancellationToken cancel)
    {
        var findings = new Findings(table);
        var wrong = counts.Where(c => c.Key.Nth is not null == isRetention && c.Value.Found != c.Value.Expected).OrderBy(c => c.Key).ToArray();
        foreach (var (key, (found, right)) in wrong) findings.Add($"{key.Period} {key.Start:yyyy-MM-dd} {key.Nth}".TrimEnd(), found, right);
        if (wrong.Length == 0) return findings;
        await using var command = DayScope.Command(connection, isRetention ? "StoreRetention" : "StorePeriods");
        var parameters = new ArrayParameters(command);
        parameters.Add(scope.SiteId);
        parameters.Add(Array.ConvertAll(wrong, w => (short)w.Key.Period));
        parameters.Add(Array.ConvertAll(wrong, w => w.Key.Start));
        if (isRetention) parameters.Add(Array.ConvertAll(wrong, w => w.Key.Nth!.Value));
        parameters.Add(Array.ConvertAll(wrong, w => w.Value.Expected));
        await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
        return findings;
    }

    private (long From, long To) Span(Period period)
    {
        var index = period.IndexOf(scope.Day);
        return (scope.Clock.DayStart(period.StartOf(index)), scope.Clock.DayStart(period.StartOf(index + 1)));
    }

    private DateOnly Start(Period period) => period.StartOf(period.IndexOf(scope.Day));
}
