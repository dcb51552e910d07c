using System.Text;
using GrainAnalytics.Core.Rollups;
using GrainAnalytics.Core.Text;
using GrainAnalytics.PostgreSql.Rollups;
using GrainAnalytics.PostgreSql.Schema;
using GrainAnalytics.PostgreSql.Writing;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Recounts;

/// <summary>Recounts what folds keep: the events of everybody who did something on the day are folded again, by the same code, into temporary tables that
/// stand in front of the real ones, and what differs is taken over. In one repeatable-read transaction.</summary>
internal sealed class FoldedRecount(NpgsqlConnection connection, DayScope scope)
{
    private const int Rows = 10_000, MostPending = 500_000;

    private readonly Dictionary<JournalEvent, int> _pending = [];

    /// <summary>Compares and repairs; under the site's fold lock. What the snapshot sees is folded first, so that rollups and events are of the same moment.</summary>
    public async Task<IReadOnlyList<Findings>> RepairAsync(Action<long> progress, CancellationToken cancel)
    {
        while (await SiteFolder.FoldOnceAsync(connection, scope.SiteId, scope.Clock, cancel).ConfigureAwait(false) > 0) { }
        return await RunAsync(progress, cancel).ConfigureAwait(false);
    }

    /// <summary>Compares while folds go on, in a transaction that must not be committed: rollups and journal are of the snapshot's moment, and what is in the
    /// journal is not in the rollups.</summary>
    /// <returns>Null when there is too much in the journal.</returns>
    public async Task<IReadOnlyList<Findings>?> CompareAsync(Action<long> progress, CancellationToken cancel)
    {
        var pending = 0;
        await using (var command = DayScope.Command(connection, "PendingJournal", scope.SiteId))
        await using (var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false))
            while (await reader.ReadAsync(cancel).ConfigureAwait(false))
                foreach (var value in JournalReader.Read(reader.GetFieldValue<byte[]>(0)))
                {
                    if (++pending > MostPending) return null;
                    _pending[value] = _pending.GetValueOrDefault(value) + 1;
                }
        return await RunAsync(progress, cancel).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<Findings>> RunAsync(Action<long> progress, CancellationToken cancel)
    {
        await ExecuteAsync("NameStores", cancel).ConfigureAwait(false);
        await ExecuteAsync("MakeScratch", cancel).ConfigureAwait(false);
        await using (var check = DayScope.Command(connection, "ScratchIsAhead"))
            if (await check.ExecuteScalarAsync(cancel).ConfigureAwait(false) is not true)
                throw new InvalidOperationException("The recount's temporary tables are not found before the real ones; search_path must not name pg_temp.");
        await ChooseAsync(cancel).ConfigureAwait(false);
        await FoldAsync(progress, cancel).ConfigureAwait(false);
        return
        [
            await new Findings("users").ReadAsync(DayScope.Command(connection, "RecountUsers", scope.SiteId, scope.From), cancel).ConfigureAwait(false),
            await new Findings("visits").ReadAsync(scope.OfDay(connection, "RecountVisits", scope.From), cancel).ConfigureAwait(false),
            await new Findings("hour_activity").ReadAsync(scope.OfDay(connection, "RecountHourActivity"), cancel).ConfigureAwait(false),
            await new Findings("session_days").ReadAsync(DayScope.Command(connection, "RecountSessionDays", scope.SiteId, scope.Day), cancel).ConfigureAwait(false),
            await ValuesAsync(cancel).ConfigureAwait(false),
            await new Findings("value_users").ReadAsync(DayScope.Command(connection, "RecountValueUsers", scope.SiteId, scope.Day), cancel).ConfigureAwait(false),
            .. await new PeriodRecount(connection, scope).RunAsync(cancel).ConfigureAwait(false),
        ];
    }

    // Users and sessions that the day touches, and the people whose events are needed to know all of them.
    private async Task ChooseAsync(CancellationToken cancel)
    {
        await using (var users = scope.OfDay(connection, "RecountedUsers")) await users.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
        await ForEachAsync(scope.OfDay(connection, "UsersSeen"), "seen", async rows =>
        {
            var active = rows.Where(row => ActiveHours.Read((byte[])row[1]).Starts.Any(hour => hour >= scope.Start && hour < scope.End)).Select(row => (string)row[0]).ToArray();
            await using var add = DayScope.Command(connection, "AddRecountedUsers", new NpgsqlParameter { Value = active });
            await add.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
        }, cancel).ConfigureAwait(false);
        await ForEachAsync(scope.OfDay(connection, "SessionsOfDay"), "today", async rows =>
        {
            var keys = rows.Select(row => SiteFold.SessionKey(new Utf8Text(Encoding.UTF8.GetBytes((string)row[0]))).ToGuid()).ToArray();
            await using var add = DayScope.Command(connection, "AddRecountedSessions", keys);
            await add.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
        }, cancel).ConfigureAwait(false);
        await using (var people = scope.OfDay(connection, "RecountedPeople", scope.From)) await people.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
        await using var analyze = new NpgsqlCommand("analyze recount_people", connection);
        await analyze.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }

    private async Task FoldAsync(Action<long> progress, CancellationToken cancel)
    {
        var contexts = await SiteRebuilder.ContextsAsync(connection, scope.SiteId, cancel).ConfigureAwait(false);
        await SiteRebuilder.ExecuteAsync(connection, "RecountedEvents", scope.SiteId, cancel).ConfigureAwait(false);
        for (var all = 0L; ; progress(all))
        {
            var events = await SiteRebuilder.NextAsync(connection, contexts, cancel).ConfigureAwait(false);
            var isLast = events.Count < SiteRebuilder.Chunk;
            all += events.Count;
            if (_pending.Count > 0) events.RemoveAll(IsPending);
            if (events.Count > 0) await SiteFolder.ApplyAsync(connection, scope.SiteId, scope.Clock, events, cancel, scope.Day).ConfigureAwait(false);
            if (isLast) break;
        }
    }

    // Two events that are equal in everything that counts are as good as each other.
    private bool IsPending(JournalEvent value)
    {
        if (!_pending.TryGetValue(value, out var times)) return false;
        if (times == 1) _pending.Remove(value);
        else _pending[value] = times - 1;
        return true;
    }

    // Only the day's place in a month's row is known.
    private async Task<Findings> ValuesAsync(CancellationToken cancel)
    {
        var findings = new Findings("value_months");
        var month = new DateOnly(scope.Day.Year, scope.Day.Month, 1);
        while (true)
        {
            var repairs = new List<(short Dimension, string Value, byte[] Counts)>();
            await using (var command = DayScope.Command(connection, "ReadBothValues", scope.SiteId, month))
            await using (var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false))
                while (repairs.Count < Rows && await reader.ReadAsync(cancel).ConfigureAwait(false))
                {
                    var width = ((Dimension)reader.GetInt16(0)).Width();
                    byte[] expected = reader.IsDBNull(2) ? [] : reader.GetFieldValue<byte[]>(2), found = reader.IsDBNull(3) ? [] : reader.GetFieldValue<byte[]>(3);
                    long[] right = new long[width], wrong = new long[width];
                    MonthCounts.Sum(expected, scope.Day.Day, scope.Day.Day, right);
                    MonthCounts.Sum(found, scope.Day.Day, scope.Day.Day, wrong);
                    if (right.AsSpan().SequenceEqual(wrong)) continue;
                    findings.Add($"{(Dimension)reader.GetInt16(0)} {reader.GetString(1)}", wrong[0], right[0]);
                    var counts = MonthCounts.Read(found, width);
                    counts.Add(scope.Day.Day, [.. right.Zip(wrong, (r, w) => r - w)]);
                    repairs.Add((reader.GetInt16(0), reader.GetString(1), counts.ToBytes()));
                }
            if (repairs.Count > 0)
            {
                await using var store = DayScope.Command(connection, "StoreValues");
                var parameters = new ArrayParameters(store);
                parameters.Add(scope.SiteId);
                parameters.Add(repairs.Select(r => r.Dimension).ToArray());
                parameters.Add(repairs.Select(_ => month).ToArray());
                parameters.Add(repairs.Select(r => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(r.Value)).ToArray());
                parameters.Add(repairs.Select(r => r.Counts).ToArray());
                await store.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
            }
            if (repairs.Count < Rows) return findings;
        }
    }

    private async Task ForEachAsync(NpgsqlCommand declare, string cursor, Func<List<object[]>, Task> use, CancellationToken cancel) =>
        await ForEachAsync(connection, declare, cursor, use, cancel).ConfigureAwait(false);

    /// <summary>Goes through a cursor's rows, some at a time.</summary>
    internal static async Task ForEachAsync(NpgsqlConnection connection, NpgsqlCommand declare, string cursor, Func<List<object[]>, Task> use, CancellationToken cancel, int most = Rows)
    {
        await using (declare) await declare.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
        while (true)
        {
            var rows = new List<object[]>();
            await using (var fetch = new NpgsqlCommand($"fetch {most} from {cursor}", connection))
            await using (var reader = await fetch.ExecuteReaderAsync(cancel).ConfigureAwait(false))
                while (await reader.ReadAsync(cancel).ConfigureAwait(false))
                {
                    var row = new object[reader.FieldCount];
                    reader.GetValues(row);
                    rows.Add(row);
                }
            if (rows.Count > 0) await use(rows).ConfigureAwait(false);
            if (rows.Count < most) break;
        }
        await using var close = new NpgsqlCommand($"close {cursor}", connection);
        await close.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }

    private async Task ExecuteAsync(string query, CancellationToken cancel)
    {
        await using var command = DayScope.Command(connection, query);
        await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }
}
