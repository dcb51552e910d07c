using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Schema;

/// <summary>Brings the schema up to date: numbered files, in order, a transaction each, under an advisory lock, so that any
/// number of servers may start at once.</summary>
public sealed class Migrator(NpgsqlDataSource database, ILogger<Migrator> log)
{
    // Any constant: "GrainAna" in ASCII.
    internal const long LockKey = 0x47_72_61_69_6e_41_6e_61;

    /// <summary>Applies what is missing.</summary>
    /// <exception cref="InvalidOperationException">A migration that was applied reads otherwise now, or the database is
    /// newer than this program.</exception>
    public async Task MigrateAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel).ConfigureAwait(false);
        await ExecuteAsync(connection, $"select pg_advisory_lock({LockKey})", cancel).ConfigureAwait(false);
        try
        {
            await ExecuteAsync(connection, """
                create table if not exists schema_migrations (
                  version integer primary key, name text not null, checksum text not null, applied_at timestamptz not null default now())
                """, cancel).ConfigureAwait(false);
            var applied = await AppliedAsync(connection, cancel).ConfigureAwait(false);
            foreach (var file in Sql.Migrations)
            {
                var version = int.Parse(file.AsSpan(0, 4), CultureInfo.InvariantCulture);
                var text = Sql.Read(file);
                var checksum = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
                if (!applied.Remove(version, out var known)) await ApplyAsync(connection, version, file, text, checksum, cancel).ConfigureAwait(false);
                else if (known != checksum) throw new InvalidOperationException($"Migration {file} was changed after it was applied.");
            }
            if (applied.Count > 0)
                throw new InvalidOperationException($"The database has migration {applied.Keys.Max()}, which this version does not know; run a newer version.");
        }
        finally
        {
            // Closing the connection would free it too, but the pool keeps connections open; a broken one has freed it.
            if (connection.FullState == System.Data.ConnectionState.Open)
                await ExecuteAsync(connection, $"select pg_advisory_unlock({LockKey})", CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task ApplyAsync(NpgsqlConnection connection, int version, string file, string text, string checksum, CancellationToken cancel)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancel).ConfigureAwait(false);
        await ExecuteAsync(connection, text, cancel).ConfigureAwait(false);
        await using var note = new NpgsqlCommand("insert into schema_migrations (version, name, checksum) values ($1, $2, $3)", connection)
        {
            Parameters = { new() { Value = version }, new() { Value = file }, new() { Value = checksum } },
        };
        await note.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
        await transaction.CommitAsync(cancel).ConfigureAwait(false);
        log.Migrated(file);
    }

    private static async Task<Dictionary<int, string>> AppliedAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        var applied = new Dictionary<int, string>();
        await using var command = new NpgsqlCommand("select version, checksum from schema_migrations", connection);
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        while (await reader.ReadAsync(cancel).ConfigureAwait(false)) applied.Add(reader.GetInt32(0), reader.GetString(1));
        return applied;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string text, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(text, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }
}
