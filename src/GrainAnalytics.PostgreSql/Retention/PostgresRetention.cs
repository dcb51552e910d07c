using GrainAnalytics.Core.Jobs;
using GrainAnalytics.Core.Text;
using GrainAnalytics.PostgreSql.Schema;
using Npgsql;
using NpgsqlTypes;

namespace GrainAnalytics.PostgreSql.Retention;

/// <summary>How long sites keep their raw events, in PostgreSQL.</summary>
public sealed class PostgresRetention(NpgsqlDataSource database) : IRetentionStore
{
    /// <inheritdoc/>
    public Task<SiteRetention?> ReadAsync(int siteId, CancellationToken cancel) => AskAsync(() =>
    {
        var command = new PreparedCommand(database, "ReadRetention");
        command.Parameters.Add(new() { Value = siteId });
        return command;
    }, cancel);

    /// <inheritdoc/>
    public Task<SiteRetention?> SetAsync(int siteId, int? keepDays, CancellationToken cancel) => AskAsync(() =>
    {
        var command = new PreparedCommand(database, "SetRetention");
        command.Parameters.Add(new() { Value = siteId });
        command.Parameters.Add(new() { Value = (object?)keepDays ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Integer });
        return command;
    }, cancel);

    private static Task<SiteRetention?> AskAsync(Func<PreparedCommand> question, CancellationToken cancel) => StoreErrors.GuardAsync(async () =>
    {
        await using var command = question();
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        return await reader.ReadAsync(cancel).ConfigureAwait(false)
            ? new SiteRetention(reader.IsDBNull(0) ? null : reader.GetInt32(0), reader.IsDBNull(1) ? null : Instant.FromDateTime(reader.GetDateTime(1)))
            : null;
    }, cancel);
}
