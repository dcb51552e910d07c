using GrainAnalytics.PostgreSql.Schema;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Zones;

/// <summary>Waits for the writers of a site, a little at a time: while it waits further writers wait behind it, and one of those before may be a server that hangs.</summary>
internal static class WriterGate
{
    private const int Attempts = 120;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>Takes the lock; in a transaction.</summary>
    /// <param name="connection">The transaction's connection.</param>
    /// <param name="query">The statement that takes it.</param>
    /// <param name="siteId">The site.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="PostgresException">A writer did not end for a long time; the job is tried again later.</exception>
    public static async Task WaitAsync(NpgsqlConnection connection, string query, int siteId, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            await ExecuteAsync(connection, "savepoint gate; set local lock_timeout = '1s'", cancel).ConfigureAwait(false);
            try
            {
                await using (var command = new NpgsqlCommand(Sql.Get(query), connection) { Parameters = { new() { Value = siteId } } })
                    await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
                await ExecuteAsync(connection, "set local lock_timeout = 0; release savepoint gate", cancel).ConfigureAwait(false);
                return;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable && attempt < Attempts)
            {
                await ExecuteAsync(connection, "rollback to savepoint gate; release savepoint gate", cancel).ConfigureAwait(false);
                await Task.Delay(Pause, cancel).ConfigureAwait(false);
            }
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string text, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(text, connection);
        await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }
}
