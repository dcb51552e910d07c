using System.Data;
using GrainAnalytics.PostgreSql.Schema;
using Npgsql;

namespace GrainAnalytics.PostgreSql;

/// <summary>A statement on a pooled connection, which keeps it prepared for the next one who asks the same. It is prepared before it is first executed
/// and not, as Npgsql can by itself, along with that: one that is cancelled or fails while it is planned would be kept without its columns then,
/// and the next use of it would end the connection.</summary>
/// <param name="database">The data source.</param>
/// <param name="query">Name of the embedded statement. Statements stay prepared as long as a connection lives, so there must not be ever new ones.</param>
internal sealed class PreparedCommand(NpgsqlDataSource database, string query) : IAsyncDisposable
{
    private readonly NpgsqlCommand _command = new(Sql.Get(query));

    /// <summary>Its values.</summary>
    public NpgsqlParameterCollection Parameters => _command.Parameters;

    /// <summary>Runs it for its rows; whoever disposes of the reader gives the connection back.</summary>
    public async Task<NpgsqlDataReader> ExecuteReaderAsync(CancellationToken cancel)
    {
        var connection = await OpenAsync(cancel).ConfigureAwait(false);
        try
        {
            await _command.PrepareAsync(cancel).ConfigureAwait(false);
            return await _command.ExecuteReaderAsync(CommandBehavior.CloseConnection, cancel).ConfigureAwait(false);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Runs it for the first value of its first row; null: there is no row.</summary>
    public async Task<object?> ExecuteScalarAsync(CancellationToken cancel)
    {
        await using var connection = await OpenAsync(cancel).ConfigureAwait(false);
        await _command.PrepareAsync(cancel).ConfigureAwait(false);
        return await _command.ExecuteScalarAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>Runs it for the number of rows that it changed.</summary>
    public async Task<int> ExecuteNonQueryAsync(CancellationToken cancel)
    {
        await using var connection = await OpenAsync(cancel).ConfigureAwait(false);
        await _command.PrepareAsync(cancel).ConfigureAwait(false);
        return await _command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _command.DisposeAsync();

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancel) => _command.Connection = await database.OpenConnectionAsync(cancel).ConfigureAwait(false);
}
