using GrainAnalytics.PostgreSql.Schema;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Rollups;

/// <summary>A connection that folds.</summary>
/// <param name="Connection">The connection.</param>
/// <param name="KeepsPrepared">True for a pooled one: it keeps its statements prepared, see <see cref="PreparedCommand"/>. False for those of
/// maintenance, where a name may mean another table at the next use.</param>
internal readonly record struct FoldConnection(NpgsqlConnection Connection, bool KeepsPrepared = false)
{
    public static implicit operator FoldConnection(NpgsqlConnection connection) => new(connection);

    /// <summary>A statement with its first values in order; others may be added.</summary>
    public NpgsqlCommand Command(string query, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlCommand(Sql.Get(query), Connection);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return command;
    }

    /// <summary>Runs it for its rows.</summary>
    public async Task<NpgsqlDataReader> ReadAsync(NpgsqlCommand command, CancellationToken cancel)
    {
        if (KeepsPrepared) await command.PrepareAsync(cancel).ConfigureAwait(false);
        return await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>Runs it for the first value of its first row; null: there is no row.</summary>
    public async Task<object?> ScalarAsync(NpgsqlCommand command, CancellationToken cancel)
    {
        if (KeepsPrepared) await command.PrepareAsync(cancel).ConfigureAwait(false);
        return await command.ExecuteScalarAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>Runs it for what it changes.</summary>
    public async Task ExecuteAsync(NpgsqlCommand command, CancellationToken cancel)
    {
        if (KeepsPrepared) await command.PrepareAsync(cancel).ConfigureAwait(false);
        await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }
}
