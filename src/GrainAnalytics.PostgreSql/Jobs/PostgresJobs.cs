using GrainAnalytics.Core.Jobs;
using GrainAnalytics.Core.Text;
using GrainAnalytics.PostgreSql.Schema;
using Npgsql;
using NpgsqlTypes;

namespace GrainAnalytics.PostgreSql.Jobs;

/// <summary>The job queue in PostgreSQL. Leases are measured by the database's clock, which all servers share.</summary>
public sealed class PostgresJobs(NpgsqlDataSource database, JobOptions options) : IJobStore
{
    private const int MaxError = 2000;

    /// <inheritdoc/>
    public Task<IReadOnlyList<long>> AddAsync(IReadOnlyList<NewJob> jobs, CancellationToken cancel) => StoreErrors.GuardAsync<IReadOnlyList<long>>(async () =>
    {
        await using var command = new PreparedCommand(database, "AddJobs");
        command.Parameters.Add(new() { Value = jobs.Select(job => job.Kind).ToArray() });
        command.Parameters.Add(new() { Value = jobs.Select(job => job.SiteId).ToArray() });
        command.Parameters.Add(new() { Value = jobs.Select(job => job.Arguments).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Json });
        command.Parameters.Add(new() { Value = jobs.Select(job => job.Key).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = jobs.Select(job => job.RunAt is { } at ? Instant.ToDateTime(at) : (DateTime?)null).ToArray() });
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        var ids = new List<long>();
        while (await reader.ReadAsync(cancel).ConfigureAwait(false)) ids.Add(reader.GetInt64(0));
        return ids;
    }, cancel);

    /// <inheritdoc/>
    public Task<TakenJob?> TakeAsync(IReadOnlyList<string> kinds, string worker, CancellationToken cancel) => StoreErrors.GuardAsync(async () =>
    {
        var lease = Guid.NewGuid();
        await using var connection = await database.OpenConnectionAsync(cancel).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancel).ConfigureAwait(false);
        await using (var gate = new NpgsqlCommand(Sql.Get("LockTakes"), connection)) await gate.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
        TakenJob? taken = null;
        await using (var command = new NpgsqlCommand(Sql.Get("TakeJob"), connection))
        {
            foreach (var value in (object[])[kinds.ToArray(), lease, worker, options.Lease, options.MaxAttempts]) command.Parameters.Add(new() { Value = value });
            await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
            if (await reader.ReadAsync(cancel).ConfigureAwait(false))
                taken = new TakenJob(reader.GetInt64(0), lease, reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetInt32(2), reader.GetString(3), Text(reader, 4), reader.GetInt32(5));
        }
        await transaction.CommitAsync(cancel).ConfigureAwait(false);
        return taken;
    }, cancel);

    /// <inheritdoc/>
    public Task<bool> RenewAsync(TakenJob job, string? progress, CancellationToken cancel) => StoreErrors.GuardAsync(async () =>
    {
        await using var connection = await database.OpenConnectionAsync(cancel).ConfigureAwait(false);
        return await HoldAsync(connection, job, progress, options.Lease, cancel).ConfigureAwait(false);
    }, cancel);

    /// <inheritdoc/>
    public Task<bool> CompleteAsync(TakenJob job, string result, CancellationToken cancel) => ChangeAsync(() =>
    {
        var command = Command("CompleteJob", job.Id, job.Lease);
        command.Parameters.Add(Json(result));
        return command;
    }, cancel);

    /// <inheritdoc/>
    public async Task<bool> FailAsync(TakenJob job, string error, bool isFinal, CancellationToken cancel)
    {
        var isDead = isFinal || job.Attempt >= options.MaxAttempts;
        if (error.Length > MaxError) error = error[..MaxError];
        // PostgreSQL has no U+0000, and half of a pair may be what is left of the last character.
        error = error.Replace("\0", "");
        if (error.Length > 0 && char.IsHighSurrogate(error[^1])) error = error[..^1];
        return await ChangeAsync(() => Command("FailJob", job.Id, job.Lease, error, isDead, options.PauseAfter(job.Attempt)), cancel).ConfigureAwait(false) && isDead;
    }

    /// <inheritdoc/>
    public Task GiveBackAsync(TakenJob job, CancellationToken cancel) => ChangeAsync(() => Command("GiveBackJob", job.Id, job.Lease), cancel);

    /// <inheritdoc/>
    public Task<(IReadOnlyList<StoredJob> Jobs, bool HasMore)> ListAsync(JobFilter filter, long? before, int limit, CancellationToken cancel) =>
        StoreErrors.GuardAsync<(IReadOnlyList<StoredJob>, bool)>(async () =>
        {
            await using var command = new PreparedCommand(database, "ListJobs");
            command.Parameters.Add(PostgresEventStore.Text(filter.State?.ToString().ToLowerInvariant()));
            command.Parameters.Add(PostgresEventStore.Text(filter.Kind));
            command.Parameters.Add(new() { Value = (object?)filter.SiteId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Integer });
            command.Parameters.Add(new() { Value = before ?? long.MaxValue });
            command.Parameters.Add(new() { Value = limit + 1L });
            await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
            var jobs = new List<StoredJob>();
            while (await reader.ReadAsync(cancel).ConfigureAwait(false))
            {
                if (jobs.Count == limit) return (jobs, true);
                jobs.Add(Read(reader));
            }
            return (jobs, false);
        }, cancel);

    /// <inheritdoc/>
    public Task<StoredJob?> FindAsync(long id, CancellationToken cancel) => StoreErrors.GuardAsync(async () =>
    {
        await using var command = Command("FindJob", id);
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        return await reader.ReadAsync(cancel).ConfigureAwait(false) ? Read(reader) : null;
    }, cancel);

    /// <inheritdoc/>
    public Task<bool> RetryAsync(long id, CancellationToken cancel) => ChangeAsync(() => Command("RetryJob", id), cancel);

    /// <inheritdoc/>
    public Task<bool> CancelAsync(long id, CancellationToken cancel) => ChangeAsync(() => Command("CancelJob", id), cancel);

    /// <inheritdoc/>
    public Task<int> CleanAsync(CancellationToken cancel) => StoreErrors.GuardAsync(async () =>
    {
        await using var command = Command("CleanJobs", options.KeepFor);
        return (int)(long)(await command.ExecuteScalarAsync(cancel).ConfigureAwait(false))!;
    }, cancel);

    /// <summary>Keeps a job for a further lease; in a step's transaction this makes the step the worker's own.</summary>
    internal static async Task<bool> HoldAsync(NpgsqlConnection connection, TakenJob job, string? progress, TimeSpan lease, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(Sql.Get("HoldJob"), connection)
        {
            Parameters = { new() { Value = job.Id }, new() { Value = job.Lease }, new() { Value = lease }, Json(progress) },
        };
        return await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false) > 0;
    }

    private Task<bool> ChangeAsync(Func<PreparedCommand> change, CancellationToken cancel) => StoreErrors.GuardAsync(async () =>
    {
        await using var command = change();
        return await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false) > 0;
    }, cancel);

    private PreparedCommand Command(string name, params ReadOnlySpan<object> values)
    {
        var command = new PreparedCommand(database, name);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return command;
    }

    private static NpgsqlParameter Json(string? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Json };

    private static StoredJob Read(NpgsqlDataReader row) => new(row.GetInt64(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetInt32(2),
        Enum.Parse<JobState>(row.GetString(3), ignoreCase: true), row.GetString(4), Text(row, 5), Text(row, 6), Text(row, 7), row.GetInt32(8),
        Instant.FromDateTime(row.GetDateTime(9)), Instant.FromDateTime(row.GetDateTime(10)), Time(row, 11), Time(row, 12), Text(row, 13));

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static long? Time(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : Instant.FromDateTime(row.GetDateTime(column));
}
