using GrainAnalytics.Core.Signing;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.PostgreSql.Schema;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Sites;

/// <summary>Creates the first site and adds the configured keys to it.</summary>
public sealed class Bootstrapper(NpgsqlDataSource database, BootstrapOptions options, ILogger<Bootstrapper> log)
{
    /// <summary>Does what is not done yet; harmless to repeat and to run on several servers at once.</summary>
    /// <exception cref="TimeZoneNotFoundException">The configured time zone is unknown on this machine.</exception>
    public async Task EnsureAsync(CancellationToken cancel)
    {
        _ = new SiteClock(options.TimeZone);
        await using var connection = await database.OpenConnectionAsync(cancel).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancel).ConfigureAwait(false);
        await using (var gate = new NpgsqlCommand($"select pg_advisory_xact_lock({Migrator.LockKey})", connection))
            await gate.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
        var siteId = await FirstSiteAsync(connection, cancel).ConfigureAwait(false);
        await AddKeyAsync(connection, siteId, options.WriteKey, "write", cancel).ConfigureAwait(false);
        await AddKeyAsync(connection, siteId, options.ApiKey, "api", cancel).ConfigureAwait(false);
        await transaction.CommitAsync(cancel).ConfigureAwait(false);
    }

    private async Task<int> FirstSiteAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using (var find = new NpgsqlCommand(Sql.Get("FirstSite"), connection))
        await using (var reader = await find.ExecuteReaderAsync(cancel).ConfigureAwait(false))
            if (await reader.ReadAsync(cancel).ConfigureAwait(false))
            {
                if (reader.GetString(1) != options.TimeZone) log.TimeZoneKept(reader.GetString(1));
                return reader.GetInt32(0);
            }
        await using var create = new NpgsqlCommand(Sql.Get("CreateSite"), connection);
        create.Parameters.Add(new() { Value = options.SiteDomain ?? "My site" });
        create.Parameters.Add(new() { Value = (object?)options.SiteDomain ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        create.Parameters.Add(new() { Value = options.TimeZone });
        return (int)(await create.ExecuteScalarAsync(cancel).ConfigureAwait(false))!;
    }

    private static async Task AddKeyAsync(NpgsqlConnection connection, int siteId, string? key, string kind, CancellationToken cancel)
    {
        if (string.IsNullOrEmpty(key)) return;
        await using var add = new NpgsqlCommand(Sql.Get("AddKey"), connection);
        add.Parameters.Add(new() { Value = KeyHash.Of(key).ToBytes() });
        add.Parameters.Add(new() { Value = siteId });
        add.Parameters.Add(new() { Value = kind });
        await add.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }
}
