using GrainAnalytics.Core.Counters;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.PostgreSql.Schema;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Writing;

/// <summary>Writes batches over a connection of its own. A batch without repeats, the normal case, takes one statement and
/// one round trip; when one of its ids turns out to be there already, it is written again the careful way: claim the ids
/// first, then write what was new, in one transaction.</summary>
internal sealed class EventWriter(NpgsqlDataSource database, short shard, KnownContexts contexts, SiteZones zones) : IEventWriter
{
    // Repeats come in bursts (a client that sends again after an outage): for so many batches they are expected then.
    private const int CarefulBatches = 32;

    // A zone that changes again and again while one batch is written.
    private const int MostZones = 10;

    private NpgsqlConnection? _connection;
    private WriteStatements? _statements;
    private int _careful;

    public async Task<WriteResult> WriteAsync(IReadOnlyList<EventRow> rows, bool mayBeOwnWork, CancellationToken cancel)
    {
        try
        {
            var statements = await OpenAsync(cancel).ConfigureAwait(false);
            var batch = rows as EventRow[] ?? [.. rows];
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    var rezoned = zones.Apply(batch);
                    var result = await WriteAsync(statements, rezoned, mayBeOwnWork, cancel).ConfigureAwait(false);
                    // Whoever holds counters of the days that the rows are thought to be of must read them again.
                    return ReferenceEquals(rezoned, batch) ? result : result with { HasClaims = true };
                }
                catch (PostgresException e) when (e.SqlState == SiteZones.SqlState && attempt < MostZones)
                {
                    await zones.ReadAsync(batch, cancel).ConfigureAwait(false);
                }
            }
        }
        catch (Exception e)
        {
            var error = StoreErrors.Translate(e);
            // After anything but an error about this statement the connection's state is not to be trusted.
            if (error.Failure is StoreFailure.Away or StoreFailure.Unclear) await CloseAsync().ConfigureAwait(false);
            throw error;
        }
    }

    public async ValueTask DisposeAsync() => await CloseAsync().ConfigureAwait(false);

    private async Task<WriteResult> WriteAsync(WriteStatements statements, EventRow[] batch, bool mayBeOwnWork, CancellationToken cancel)
    {
        if (_careful == 0 && !mayBeOwnWork)
        {
            try
            {
                var counters = await WriteNewAsync(statements, batch, withKeys: true, cancel).ConfigureAwait(false);
                contexts.Add(statements.Contexts!);
                return new WriteResult(AllStored(batch.Length), counters);
            }
            catch (PostgresException e) when (e is { SqlState: PostgresErrorCodes.UniqueViolation, TableName: "event_keys" })
            {
                _careful = CarefulBatches;
            }
        }
        return await WriteCarefullyAsync(statements, batch, mayBeOwnWork, cancel).ConfigureAwait(false);
    }

    private async Task<WriteResult> WriteCarefullyAsync(WriteStatements statements, EventRow[] rows, bool mayBeOwnWork, CancellationToken cancel)
    {
        var stored = new bool[rows.Length];
        IReadOnlyList<CounterUpdate> counters = [];
        await using (var transaction = await _connection!.BeginTransactionAsync(cancel).ConfigureAwait(false))
        {
            // What comes back is in the order of the rows, with gaps.
            var next = 0;
            await using (var reader = await statements.ClaimKeys(rows).ExecuteReaderAsync(cancel).ConfigureAwait(false))
                while (await reader.ReadAsync(cancel).ConfigureAwait(false))
                {
                    var (site, key) = (reader.GetInt32(0), EventKey.FromGuid(reader.GetGuid(1)));
                    while (rows[next].Event.Key != key || rows[next].Site.Id != site) next++;
                    stored[next++] = true;
                }
            var fresh = rows.Where((_, i) => stored[i]).ToArray();
            if (fresh.Length > 0) counters = await WriteNewAsync(statements, fresh, withKeys: false, cancel).ConfigureAwait(false);
            await transaction.CommitAsync(cancel).ConfigureAwait(false);
            if (fresh.Length > 0) contexts.Add(statements.Contexts!);
        }
        if (stored.Contains(false)) _careful = CarefulBatches;
        else if (_careful > 0) _careful--;
        var hasClaims = mayBeOwnWork && stored.Contains(false) && await ClaimOwnAsync(rows, stored, cancel).ConfigureAwait(false);
        return new WriteResult(stored, counters, hasClaims);
    }

    private async Task<IReadOnlyList<CounterUpdate>> WriteNewAsync(WriteStatements statements, EventRow[] rows, bool withKeys, CancellationToken cancel)
    {
        var counters = new List<CounterUpdate>();
        await using var reader = await statements.WriteNew(rows, withKeys).ExecuteReaderAsync(cancel).ConfigureAwait(false);
        while (await reader.ReadAsync(cancel).ConfigureAwait(false))
        {
            var kind = reader.GetInt32(0);
            if (kind == 0) continue;
            var siteId = reader.GetInt32(1);
            var at = reader.GetDateTime(2);
            var isHour = kind == 1;
            var hour = Instant.FromDateTime(at);
            var day = isHour ? rows.First(row => row.Site.Id == siteId && row.Hour == hour).Day : DateOnly.FromDateTime(at);
            counters.Add(new CounterUpdate(siteId, day, isHour ? hour : 0, isHour ? reader.GetString(3) : "", shard, reader.GetInt64(4), reader.GetInt64(5)));
        }
        return counters;
    }

    private static bool[] AllStored(int count)
    {
        var stored = new bool[count];
        Array.Fill(stored, true);
        return stored;
    }

    private async Task<bool> ClaimOwnAsync(IReadOnlyList<EventRow> rows, bool[] stored, CancellationToken cancel)
    {
        var open = Enumerable.Range(0, rows.Count).Where(i => !stored[i]).ToArray();
        await using var command = new PreparedCommand(database, "OwnRows");
        command.Parameters.Add(new() { Value = open.Select(i => rows[i].Site.Id).ToArray() });
        command.Parameters.Add(new() { Value = open.Select(i => rows[i].Event.Key.ToGuid()).ToArray() });
        command.Parameters.Add(new() { Value = open.Select(i => rows[i].Event.UserIdText).ToArray() });
        command.Parameters.Add(new() { Value = open.Select(i => Instant.ToDateTime(rows[i].Event.OccurredAt)).ToArray() });
        command.Parameters.Add(new() { Value = open.Select(i => Instant.ToDateTime(rows[i].Event.ReceivedAt)).ToArray() });
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        var any = false;
        while (await reader.ReadAsync(cancel).ConfigureAwait(false)) stored[open[reader.GetInt64(0) - 1]] = any = true;
        return any;
    }

    private async ValueTask<WriteStatements> OpenAsync(CancellationToken cancel)
    {
        if (_connection?.FullState == System.Data.ConnectionState.Open && _statements is not null) return _statements;
        await CloseAsync().ConfigureAwait(false);
        _connection = await database.OpenConnectionAsync(cancel).ConfigureAwait(false);
        var statements = new WriteStatements(_connection, shard, contexts);
        await statements.PrepareAsync(cancel).ConfigureAwait(false);
        return _statements = statements;
    }

    private async ValueTask CloseAsync()
    {
        var connection = _connection;
        (_statements, _connection) = (null, null);
        if (connection is not null) await connection.DisposeAsync().ConfigureAwait(false);
    }
}
