using GrainAnalytics.Core.Counters;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.PostgreSql.Schema;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Writing;

/// <summary>Writes batches over a connection of its own, with one prepared statement.</summary>
internal sealed class EventWriter(NpgsqlDataSource database, short shard) : IEventWriter
{
    // The planner knows nothing of the arrays' lengths: left alone it joins them by nested loops, in squared time.
    private const string Session = "set enable_nestloop = off; set enable_mergejoin = off";

    private NpgsqlConnection? _connection;
    private NpgsqlCommand? _command;
    private readonly BatchParameters _parameters = new();

    public async Task<WriteResult> WriteAsync(IReadOnlyList<EventRow> rows, bool mayBeOwnWork, CancellationToken cancel)
    {
        try
        {
            var command = await OpenAsync(cancel).ConfigureAwait(false);
            _parameters.Fill(rows);
            var stored = new bool[rows.Count];
            Array.Fill(stored, true);
            var counters = new List<CounterUpdate>();
            await using (var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false))
                while (await reader.ReadAsync(cancel).ConfigureAwait(false)) ReadRow(reader, rows, stored, counters);
            var hasClaims = mayBeOwnWork && stored.Contains(false) && await ClaimOwnAsync(rows, stored, cancel).ConfigureAwait(false);
            return new WriteResult(stored, counters, hasClaims);
        }
        catch (Exception e)
        {
            var error = StoreErrors.Translate(e);
            // After anything but an error about this statement the connection's state is not to be trusted.
            if (error.Failure == StoreFailure.Away) await CloseAsync().ConfigureAwait(false);
            throw error;
        }
    }

    public async ValueTask DisposeAsync() => await CloseAsync().ConfigureAwait(false);

    private void ReadRow(NpgsqlDataReader reader, IReadOnlyList<EventRow> rows, bool[] stored, List<CounterUpdate> counters)
    {
        var kind = reader.GetInt32(0);
        if (kind == 0)
        {
            stored[reader.GetInt64(4) - 1] = false;
            return;
        }
        var siteId = reader.GetInt32(1);
        var at = reader.GetDateTime(2);
        var isHour = kind == 1;
        var hour = Instant.FromDateTime(at);
        var day = isHour ? rows.First(row => row.Site.Id == siteId).Site.Clock.DayOf(hour) : DateOnly.FromDateTime(at);
        counters.Add(new CounterUpdate(siteId, day, isHour ? hour : 0, isHour ? reader.GetString(3) : "", shard, reader.GetInt64(4), reader.GetInt64(5)));
    }

    // Another connection: its planner may use the index for each row, which this one's settings forbid.
    private async Task<bool> ClaimOwnAsync(IReadOnlyList<EventRow> rows, bool[] stored, CancellationToken cancel)
    {
        var open = Enumerable.Range(0, rows.Count).Where(i => !stored[i]).ToArray();
        await using var command = database.CreateCommand(Sql.Get("OwnRows"));
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

    private async ValueTask<NpgsqlCommand> OpenAsync(CancellationToken cancel)
    {
        if (_connection?.FullState == System.Data.ConnectionState.Open && _command is not null) return _command;
        await CloseAsync().ConfigureAwait(false);
        _connection = await database.OpenConnectionAsync(cancel).ConfigureAwait(false);
        await using (var set = new NpgsqlCommand(Session, _connection)) await set.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
        // Known to CloseAsync before it can fail: the parameters belong to one command at a time.
        _command = new NpgsqlCommand(Sql.Get("WriteBatch"), _connection) { CommandTimeout = 0 };
        _parameters.AddTo(_command, shard);
        await _command.PrepareAsync(cancel).ConfigureAwait(false);
        return _command;
    }

    private async ValueTask CloseAsync()
    {
        var (command, connection) = (_command, _connection);
        (_command, _connection) = (null, null);
        if (command is not null)
        {
            command.Parameters.Clear();
            await command.DisposeAsync().ConfigureAwait(false);
        }
        if (connection is not null) await connection.DisposeAsync().ConfigureAwait(false);
    }
}
