using System.Data;
using GrainAnalytics.Core.Erasures;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.PostgreSql.Recounts;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Erasures;

/// <summary>Removes users from PostgreSQL.</summary>
/// <param name="database">For what is quick.</param>
/// <param name="maintenance">For erasures.</param>
/// <param name="time">The clock of this server's arrivals.</param>
public sealed class PostgresErasures(NpgsqlDataSource database, MaintenanceDatabase maintenance, TimeProvider time) : IErasureStore
{
    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> FindIdsAsync(Site site, string userId, CancellationToken cancel) => StoreErrors.GuardAsync(async () =>
    {
        await using var connection = await database.OpenConnectionAsync(cancel).ConfigureAwait(false);
        return await ErasureRun.FindIdsAsync(connection, site.Id, userId, cancel).ConfigureAwait(false);
    }, cancel);

    /// <inheritdoc/>
    public Task<ErasureReceipt?> EraseAsync(Site site, string userId, IReadOnlyList<string> ids, CancellationToken cancel) => StoreErrors.GuardAsync(async () =>
    {
        // Before anything else: what arrives from now on may belong to somebody who comes back.
        var erasedAt = time.NowMicroseconds();
        await using var connection = await maintenance.Source.OpenConnectionAsync(cancel).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancel).ConfigureAwait(false);
        var run = new ErasureRun(connection, site.Id, userId, ids, erasedAt);
        if (await run.RunAsync(cancel).ConfigureAwait(false) is not { } receipt) return null;
        await transaction.CommitAsync(cancel).ConfigureAwait(false);
        return receipt;
    }, cancel);

    /// <inheritdoc/>
    public Task<IErasureGuard> EnterAsync(int siteId, CancellationToken cancel) => StoreErrors.GuardAsync<IErasureGuard>(async () =>
    {
        var connection = await database.OpenConnectionAsync(cancel).ConfigureAwait(false);
        try
        {
            var transaction = await connection.BeginTransactionAsync(cancel).ConfigureAwait(false);
            await using var enter = DayScope.Command(connection, "EnterErasures", siteId);
            await enter.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
            return new Guard(connection, transaction, siteId);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }, cancel);

    private sealed class Guard(NpgsqlConnection connection, NpgsqlTransaction transaction, int siteId) : IErasureGuard
    {
        public Task<bool[]> AreErasedAsync(IReadOnlyList<EncodedEvent> events, CancellationToken cancel) => StoreErrors.GuardAsync(async () =>
        {
            var users = new Dictionary<Utf8Text, Guid>();
            foreach (var value in events) users.TryAdd(new Utf8Text(value.UserId), UserTombstone.Of(siteId, value.UserId.Span));
            var erased = new Dictionary<Guid, long>();
            await using (var command = DayScope.Command(connection, "ErasedUsers", siteId, users.Values.ToArray()))
            await using (var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false))
                while (await reader.ReadAsync(cancel).ConfigureAwait(false)) erased.Add(reader.GetGuid(0), Instant.FromDateTime(reader.GetDateTime(1)));
            return events.Select(value => erased.TryGetValue(users[new Utf8Text(value.UserId)], out var at) && value.ReceivedAt <= at).ToArray();
        }, cancel);

        // Nothing was changed: rolled back or broken is the same.
        public async ValueTask DisposeAsync()
        {
            try
            {
                await transaction.DisposeAsync().ConfigureAwait(false);
            }
            catch (Exception e) when (StoreErrors.IsStoreError(e, CancellationToken.None))
            {
                // The connection is closed all the same.
            }
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }
}
