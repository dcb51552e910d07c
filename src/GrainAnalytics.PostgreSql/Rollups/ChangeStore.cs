using GrainAnalytics.Core.Rollups;
using GrainAnalytics.Core.Text;
using GrainAnalytics.PostgreSql.Schema;
using GrainAnalytics.PostgreSql.Writing;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Rollups;

/// <summary>Adds the changes of a fold to the rollups. Only under the site's fold lock.</summary>
internal sealed class ChangeStore(FoldConnection connection, int siteId)
{
    public async Task SaveAsync(RollupChanges changes, CancellationToken cancel)
    {
        await SaveHoursAsync(changes, cancel).ConfigureAwait(false);
        var periods = changes.PeriodUsers.Where(p => p.Value != 0).OrderBy(p => p.Key).ToArray();
        await ExecuteAsync("AddPeriods", periods.Length, p =>
        {
            p.Add(Array.ConvertAll(periods, x => (short)x.Key.Period));
            p.Add(Array.ConvertAll(periods, x => x.Key.Period.StartOf(x.Key.Index)));
            p.Add(Array.ConvertAll(periods, x => x.Value));
        }, cancel).ConfigureAwait(false);
        var retained = changes.Retained.Where(r => r.Value != 0).OrderBy(r => r.Key).ToArray();
        await ExecuteAsync("AddRetention", retained.Length, p =>
        {
            p.Add(Array.ConvertAll(retained, x => (short)x.Key.Period));
            p.Add(Array.ConvertAll(retained, x => x.Key.Period.StartOf(x.Key.Cohort)));
            p.Add(Array.ConvertAll(retained, x => x.Key.Nth));
            p.Add(Array.ConvertAll(retained, x => x.Value));
        }, cancel).ConfigureAwait(false);
        await SaveSessionsAsync(changes, cancel).ConfigureAwait(false);
        await SaveValuesAsync(changes, cancel).ConfigureAwait(false);
        await SaveSketchesAsync(changes, cancel).ConfigureAwait(false);
    }

    private Task SaveHoursAsync(RollupChanges changes, CancellationToken cancel)
    {
        var hours = changes.HourUsers.Keys.Union(changes.HourSessions.Keys).Order()
            .Select(hour => (Hour: hour, Users: changes.HourUsers.GetValueOrDefault(hour), Sessions: changes.HourSessions.GetValueOrDefault(hour)))
            .Where(h => h.Users != 0 || h.Sessions != 0).ToArray();
        return ExecuteAsync("AddHours", hours.Length, p =>
        {
            p.Add(Array.ConvertAll(hours, h => Instant.ToDateTime(h.Hour)));
            p.Add(Array.ConvertAll(hours, h => h.Users));
            p.Add(Array.ConvertAll(hours, h => h.Sessions));
        }, cancel);
    }

    private async Task SaveSessionsAsync(RollupChanges changes, CancellationToken cancel)
    {
        var days = changes.Sessions.Keys.Order().ToArray();
        if (days.Length == 0) return;
        var durations = days.ToDictionary(day => day, _ => new Durations());
        await using (var command = Command("ReadSessionDays", p => p.Add(days)))
        await using (var reader = await connection.ReadAsync(command, cancel).ConfigureAwait(false))
            while (await reader.ReadAsync(cancel).ConfigureAwait(false))
                durations[reader.GetFieldValue<DateOnly>(0)].Merge(reader.GetFieldValue<byte[]>(1));
        foreach (var ((day, seconds), sessions) in changes.Durations) durations[day].Add(seconds, sessions);
        var counts = Array.ConvertAll(days, day => changes.Sessions[day]);
        await ExecuteAsync("WriteSessionDays", days.Length, p =>
        {
            p.Add(days);
            p.Add(Array.ConvertAll(counts, c => c.Sessions));
            p.Add(Array.ConvertAll(counts, c => c.Bounces));
            p.Add(Array.ConvertAll(counts, c => c.Views));
            p.Add(Array.ConvertAll(counts, c => c.DurationMs));
            p.Add(Array.ConvertAll(days, day => durations[day].ToBytes()));
        }, cancel).ConfigureAwait(false);
    }

    private async Task SaveValuesAsync(RollupChanges changes, CancellationToken cancel)
    {
        var rows = changes.Values.Where(v => v.Value.Any(n => n != 0))
            .GroupBy(v => (v.Key.Dimension, Month: Period.Month.IndexOf(v.Key.Day), v.Key.Value)).OrderBy(g => g.Key).ToArray();
        if (rows.Length == 0) return;
        var counts = Array.ConvertAll(rows, row => new MonthCounts(row.Key.Dimension.Width()));
        void AddKey(ArrayParameters p)
        {
            p.Add(Array.ConvertAll(rows, r => (short)r.Key.Dimension));
            p.Add(Array.ConvertAll(rows, r => Period.Month.StartOf(r.Key.Month)));
            p.Add(Array.ConvertAll(rows, r => r.Key.Value.Bytes));
        }
        await using (var command = Command("ReadValues", AddKey))
        await using (var reader = await connection.ReadAsync(command, cancel).ConfigureAwait(false))
            while (await reader.ReadAsync(cancel).ConfigureAwait(false))
            {
                var place = reader.GetInt64(0) - 1;
                counts[place] = MonthCounts.Read(reader.GetFieldValue<byte[]>(1), rows[place].Key.Dimension.Width());
            }
        for (var i = 0; i < rows.Length; i++)
            foreach (var value in rows[i]) counts[i].Add(value.Key.Day.Day, value.Value);
        await ExecuteAsync("WriteValues", rows.Length, p =>
        {
            AddKey(p);
            p.Add(Array.ConvertAll(counts, c => c.ToBytes()));
        }, cancel).ConfigureAwait(false);
    }

    private async Task SaveSketchesAsync(RollupChanges changes, CancellationToken cancel)
    {
        var rows = changes.ValueUsers.OrderBy(v => v.Key).ToArray();
        if (rows.Length == 0) return;
        var sketches = Array.ConvertAll(rows, _ => new UserSketch());
        static void AddKey(ArrayParameters p, KeyValuePair<(Dimension Dimension, Utf8Text Value, DateOnly Day), UserSketch>[] rows)
        {
            p.Add(Array.ConvertAll(rows, r => (short)r.Key.Dimension));
            p.Add(Array.ConvertAll(rows, r => r.Key.Day));
            p.Add(Array.ConvertAll(rows, r => r.Key.Value.Bytes));
        }
        await using (var command = Command("ReadSketches", p => AddKey(p, rows)))
        await using (var reader = await connection.ReadAsync(command, cancel).ConfigureAwait(false))
            while (await reader.ReadAsync(cancel).ConfigureAwait(false))
                sketches[reader.GetInt64(0) - 1] = UserSketch.Read(reader.GetFieldValue<byte[]>(1));
        // Most users of a popular value change nothing in its sketch, and what did not change is not written.
        var changed = Enumerable.Range(0, rows.Length).Where(i => sketches[i].Merge(rows[i].Value)).ToArray();
        await ExecuteAsync("WriteSketches", changed.Length, p =>
        {
            AddKey(p, Array.ConvertAll(changed, i => rows[i]));
            p.Add(Array.ConvertAll(changed, i => sketches[i].ToBytes()));
        }, cancel).ConfigureAwait(false);
    }

    private NpgsqlCommand Command(string query, Action<ArrayParameters> add)
    {
        var command = connection.Command(query);
        var parameters = new ArrayParameters(command);
        parameters.Add(siteId);
        add(parameters);
        return command;
    }

    private async Task ExecuteAsync(string query, int rows, Action<ArrayParameters> add, CancellationToken cancel)
    {
        if (rows == 0) return;
        await using var command = Command(query, add);
        await connection.ExecuteAsync(command, cancel).ConfigureAwait(false);
    }
}
