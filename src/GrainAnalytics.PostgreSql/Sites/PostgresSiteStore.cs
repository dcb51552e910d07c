using GrainAnalytics.Core.Quotas;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.PostgreSql.Schema;
using Npgsql;
using NpgsqlTypes;

namespace GrainAnalytics.PostgreSql.Sites;

/// <summary>Sites, keys and what was granted of quotas, in PostgreSQL.</summary>
public sealed class PostgresSiteStore(NpgsqlDataSource database) : ISiteStore, IUsageStore
{
    /// <inheritdoc/>
    public Task<IReadOnlyList<Site>> ListAsync(CancellationToken cancel) => StoreErrors.GuardAsync(async () =>
    {
        await using var command = Command("ListSites");
        return await ReadAllAsync(command, row => SiteReader.Read(row, 0), cancel).ConfigureAwait(false);
    }, cancel);

    /// <inheritdoc/>
    public Task<Site?> ReadAsync(int siteId, CancellationToken cancel) => StoreErrors.GuardAsync(async () =>
    {
        await using var command = Command("FindSite", siteId);
        return (await ReadAllAsync(command, row => SiteReader.Read(row, 0), cancel).ConfigureAwait(false)).SingleOrDefault();
    }, cancel);

    /// <inheritdoc/>
    public Task<IReadOnlyList<SiteKey>> ReadKeysAsync(int siteId, CancellationToken cancel) => StoreErrors.GuardAsync(async () =>
    {
        await using var command = Command("ListKeys", siteId);
        return await ReadAllAsync(command, row => new SiteKey(row.GetFieldValue<byte[]>(0), PostgresSiteDirectory.KindOf(row.GetString(1))), cancel).ConfigureAwait(false);
    }, cancel);

    /// <inheritdoc/>
    public Task<Site?> SetQuotaAsync(int siteId, SiteQuota quota, CancellationToken cancel) => StoreErrors.GuardAsync(async () =>
    {
        await using var command = Command("SetQuota", siteId);
        command.Parameters.Add(new() { NpgsqlDbType = NpgsqlDbType.Bigint, Value = (object?)quota.EventsPerDay ?? DBNull.Value });
        command.Parameters.Add(new() { NpgsqlDbType = NpgsqlDbType.Integer, Value = (object?)quota.EventsPerSecond ?? DBNull.Value });
        return (await ReadAllAsync(command, row => SiteReader.Read(row, 0), cancel).ConfigureAwait(false)).SingleOrDefault();
    }, cancel);

    /// <inheritdoc/>
    public Task<bool> AddKeyAsync(int siteId, SiteKey key, CancellationToken cancel) => StoreErrors.GuardAsync(async () =>
    {
        await using var command = Command("AddKey", key.Hash, siteId, key.Kind == KeyKind.Api ? "api" : "write");
        return await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false) == 1;
    }, cancel);

    /// <inheritdoc/>
    public Task<bool> RemoveKeyAsync(int siteId, byte[] hash, CancellationToken cancel) => StoreErrors.GuardAsync(async () =>
    {
        await using var command = Command("RemoveKey", siteId, hash);
        return await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false) == 1;
    }, cancel);

    /// <inheritdoc/>
    public Task<long> AddUsageAsync(Site site, DateOnly day, long events, CancellationToken cancel) => StoreErrors.GuardAsync(async () =>
    {
        await using var command = Command("AddUsage", site.Id, day, events);
        command.Parameters.Add(PostgresEventStore.Time(site.Clock.DayStart(day)));
        command.Parameters.Add(PostgresEventStore.Time(site.Clock.DayStart(day.AddDays(1))));
        return (long)(await command.ExecuteScalarAsync(cancel).ConfigureAwait(false))!;
    }, cancel);

    private PreparedCommand Command(string name, params ReadOnlySpan<object> values)
    {
        var command = new PreparedCommand(database, name);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return command;
    }

    private static async Task<IReadOnlyList<T>> ReadAllAsync<T>(PreparedCommand command, Func<NpgsqlDataReader, T> read, CancellationToken cancel)
    {
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancel).ConfigureAwait(false)) rows.Add(read(reader));
        return rows;
    }
}
