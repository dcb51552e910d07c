using GrainAnalytics.Core.DeadLetters;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Text;
using GrainAnalytics.PostgreSql.Schema;
using Npgsql;
using NpgsqlTypes;

namespace GrainAnalytics.PostgreSql.DeadLetters;

/// <summary>The dead letters in PostgreSQL.</summary>
public sealed class PostgresDeadLetters(NpgsqlDataSource database, TimeProvider time) : IDeadLetterStore
{
    // Any constant but the migrator's: "GrainLet" in ASCII.
    private const long CleanLock = 0x47_72_61_69_6e_4c_65_74;

    /// <inheritdoc/>
    public Task AddAsync(IReadOnlyList<RejectedRow> rows, CancellationToken cancel) => StoreErrors.GuardAsync(async () =>
    {
        await using var command = new PreparedCommand(database, "AddLetters");
        command.Parameters.Add(new() { Value = Map(rows, row => row.SiteId) });
        command.Parameters.Add(new() { Value = Map(rows, row => row.Key.ToGuid()) });
        command.Parameters.Add(new() { Value = Map(rows, row => row.Reason.Code()) });
        command.Parameters.Add(new() { Value = Map(rows, row => row.Detail) });
        command.Parameters.Add(new() { Value = Map(rows, row => row.Bytes), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });
        command.Parameters.Add(new() { Value = Map<int?>(rows, row => row.OriginalSize > row.Bytes.Length ? row.OriginalSize : null) });
        command.Parameters.Add(new() { Value = Map(rows, row => Instant.ToDateTime(row.ReceivedAt)) });
        command.Parameters.Add(new() { Value = Map(rows, row => LetterDigest.Of(row).ToGuid()) });
        return await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }, cancel);

    /// <inheritdoc/>
    public Task<(IReadOnlyList<StoredLetter> Letters, bool HasMore)> ListAsync(LetterFilter filter, long? before, int limit, long maxBytes, CancellationToken cancel) =>
        ReadAsync("ListLetters", filter, before ?? long.MaxValue, limit, maxBytes, cancel);

    /// <inheritdoc/>
    public Task<(IReadOnlyList<StoredLetter> Letters, bool HasMore)> NextAsync(LetterFilter filter, long after, int limit, long maxBytes, CancellationToken cancel) =>
        ReadAsync("NextLetters", filter, after, limit, maxBytes, cancel);

    /// <inheritdoc/>
    public Task<StoredLetter?> FindAsync(long id, CancellationToken cancel) => StoreErrors.GuardAsync(async () =>
    {
        await using var command = new PreparedCommand(database, "FindLetter");
        command.Parameters.Add(new() { Value = id });
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        return await reader.ReadAsync(cancel).ConfigureAwait(false) ? LetterReader.Read(reader) : null;
    }, cancel);

    /// <inheritdoc/>
    public Task NoteRefusalAsync(long id, string reason, string? detail, EventKey? twin, CancellationToken cancel) => StoreErrors.GuardAsync(async () =>
    {
        await using var command = new PreparedCommand(database, "NoteRefusal");
        command.Parameters.Add(new() { Value = id });
        command.Parameters.Add(new() { Value = reason });
        command.Parameters.Add(new() { Value = (object?)detail ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = (object?)twin?.ToGuid() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        return await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }, cancel);

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(long id, CancellationToken cancel) => StoreErrors.GuardAsync(async () =>
    {
        await using var command = new PreparedCommand(database, "DeleteLetter");
        command.Parameters.Add(new() { Value = id });
        return await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false) > 0;
    }, cancel);

    /// <inheritdoc/>
    public Task<long> DeleteAsync(LetterFilter filter, CancellationToken cancel) => StoreErrors.GuardAsync(async () =>
    {
        await using var command = new PreparedCommand(database, "DeleteLetters");
        AddFilter(command, filter);
        return (long)await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }, cancel);

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<ExpiryCause, long>> CleanAsync(DeadLetterOptions options, CancellationToken cancel) =>
        StoreErrors.GuardAsync<IReadOnlyDictionary<ExpiryCause, long>>(async () =>
        {
            var expired = new Dictionary<ExpiryCause, long>();
            await using var connection = await database.OpenConnectionAsync(cancel).ConfigureAwait(false);
            await using var transaction = await connection.BeginTransactionAsync(cancel).ConfigureAwait(false);
            await using (var gate = new NpgsqlCommand($"select pg_try_advisory_xact_lock({CleanLock})", connection))
                if (!(bool)(await gate.ExecuteScalarAsync(cancel).ConfigureAwait(false))!) return expired;
            await using var command = new NpgsqlCommand(Sql.Get("CleanLetters"), connection);
            command.Parameters.Add(new() { Value = (time.GetUtcNow() - options.MaxAge).UtcDateTime });
            command.Parameters.Add(new() { Value = (long)options.MaxCount });
            command.Parameters.Add(new() { Value = options.MaxBytes });
            await using (var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false))
                while (await reader.ReadAsync(cancel).ConfigureAwait(false)) expired.Add(Enum.Parse<ExpiryCause>(reader.GetString(0), ignoreCase: true), reader.GetInt64(1));
            await transaction.CommitAsync(cancel).ConfigureAwait(false);
            return expired;
        }, cancel);

    private Task<(IReadOnlyList<StoredLetter> Letters, bool HasMore)> ReadAsync(string query, LetterFilter filter, long bound, int limit, long maxBytes,
        CancellationToken cancel) => StoreErrors.GuardAsync<(IReadOnlyList<StoredLetter>, bool)>(async () =>
    {
        await using var command = new PreparedCommand(database, query);
        AddFilter(command, filter);
        command.Parameters.Add(new() { Value = bound });
        command.Parameters.Add(new() { Value = limit + 1L });
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        var letters = new List<StoredLetter>();
        var bytes = 0L;
        while (await reader.ReadAsync(cancel).ConfigureAwait(false))
        {
            if (letters.Count == limit || bytes >= maxBytes) return (letters, true);
            letters.Add(LetterReader.Read(reader));
            bytes += letters[^1].Bytes.Length;
        }
        return (letters, false);
    }, cancel);

    private static void AddFilter(PreparedCommand command, LetterFilter filter)
    {
        command.Parameters.Add(new() { Value = (object?)filter.Reason ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = (object?)filter.SiteId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Integer });
        command.Parameters.Add(PostgresEventStore.Time(filter.From));
        command.Parameters.Add(PostgresEventStore.Time(filter.To));
    }

    private static T[] Map<T>(IReadOnlyList<RejectedRow> rows, Func<RejectedRow, T> value) => [.. rows.Select(value)];
}
