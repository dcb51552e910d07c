using GrainAnalytics.Core.Jobs;
using GrainAnalytics.Core.Text;
using GrainAnalytics.PostgreSql.Jobs;
using GrainAnalytics.PostgreSql.Recounts;
using GrainAnalytics.PostgreSql.Rollups;
using GrainAnalytics.PostgreSql.Schema;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Retention;

/// <summary>Removes raw events that a site keeps no longer: partition by partition, some blocks of it in each transaction, which also writes down how far it
/// came. Rollups and event keys stay: what was removed and is sent again is a duplicate.</summary>
/// <remarks>A partition that no site keeps is emptied at once, and not dropped: an event that comes late needs a place, and writers make none.</remarks>
public sealed class RetentionJob(MaintenanceDatabase database, JobOptions options, JobMetrics metrics, TimeProvider time, ILogger<RetentionJob> log) : IJob
{
    // 8 MiB, some 30,000 events: a transaction of a fraction of a second.
    private const int BlocksAtOnce = 1024;

    // A partition that was cleaned before only has what came since; a spool may deliver that late.
    private static readonly TimeSpan LateBy = TimeSpan.FromDays(30);

    /// <inheritdoc/>
    public string Kind => JobKinds.Retention;

    /// <inheritdoc/>
    public async Task<string> RunAsync(JobRun job, CancellationToken cancel)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancel).ConfigureAwait(false);
        var progress = RetentionProgress.Read(job.Job.Progress) ?? await BeginAsync(connection, job, cancel).ConfigureAwait(false);
        if (progress is null) return """{"removed":0}""";
        var (cleanedTo, cleanedAt) = await CleanedAsync(connection, job.SiteId, cancel).ConfigureAwait(false);
        var isReached = progress.Partition is null;
        foreach (var partition in await PartitionsAsync(connection, progress.From, cancel).ConfigureAwait(false))
        {
            // An earlier attempt was done with those before.
            isReached |= partition.Name == progress.Partition;
            if (!isReached) continue;
            if (partition.IsNobodys) progress = await EmptyAsync(connection, job, progress, partition, cancel).ConfigureAwait(false);
            else
            {
                var since = partition.End <= cleanedTo ? cleanedAt - LateBy.Ticks / TimeSpan.TicksPerMicrosecond : null;
                progress = await RemoveAsync(connection, job, progress, partition, since, cancel).ConfigureAwait(false);
            }
        }
        await using (var note = new NpgsqlCommand(Sql.Get("NoteCleaned"), connection))
        {
            note.Parameters.Add(new() { Value = job.SiteId });
            note.Parameters.Add(PostgresEventStore.Time(progress.From));
            note.Parameters.Add(PostgresEventStore.Time(progress.BeganAt));
            await note.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
        }
        if (progress.Removed > 0) log.Retained(job.SiteId, progress.Removed, Instant.ToText(progress.From));
        return progress.ToResult(Instant.ToText(progress.From));
    }

    private async Task<RetentionProgress?> BeginAsync(NpgsqlConnection connection, JobRun job, CancellationToken cancel)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancel).ConfigureAwait(false);
        await SiteRebuilder.ExecuteAsync(connection, "LockRepairs", job.SiteId, cancel).ConfigureAwait(false);
        if (await SiteRebuilder.ClockAsync(connection, job.SiteId, cancel).ConfigureAwait(false) is not { } clock) throw new JobRefusedException("The site is gone.");
        if (await SiteRebuilder.NeedsAsync(connection, job.SiteId, cancel).ConfigureAwait(false))
            throw new InvalidOperationException("The site's rollups are being built from its events, which must stay until that is done.");
        if (await KeepDaysAsync(connection, job.SiteId, cancel).ConfigureAwait(false) is not { } days) return null;
        var now = time.NowMicroseconds();
        await using var move = new NpgsqlCommand(Sql.Get("MoveKeptFrom"), connection);
        move.Parameters.Add(new() { Value = job.SiteId });
        move.Parameters.Add(PostgresEventStore.Time(clock.DayStart(clock.DayOf(now).AddDays(-days))));
        var progress = new RetentionProgress { From = Instant.FromDateTime((DateTime)(await move.ExecuteScalarAsync(cancel).ConfigureAwait(false))!), BeganAt = now };
        // What is about to be removed must not be answered from blocks, and is not built into any from now on.
        await using (var forget = DayScope.Command(connection, "ForgetBlocksBefore", job.SiteId, clock.DayOf(progress.From))) await forget.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
        await CommitAsync(connection, transaction, job, progress, cancel).ConfigureAwait(false);
        return progress;
    }

    private async Task<RetentionProgress> RemoveAsync(NpgsqlConnection connection, JobRun job, RetentionProgress progress, OldPartition partition, long? since, CancellationToken cancel)
    {
        progress = progress with { Partition = partition.Name, Block = partition.Name == progress.Partition ? progress.Block : 0, Blocks = partition.Blocks };
        while (progress.Block < progress.Blocks)
        {
            cancel.ThrowIfCancellationRequested();
            await using var transaction = await connection.BeginTransactionAsync(cancel).ConfigureAwait(false);
            // The name is a partition's, as the catalog writes it; a place cannot be a parameter of another type than tid. What came late is found by its
            // arrival, in one go.
            var place = since is null ? $"ctid >= '({progress.Block},0)' and ctid < '({progress.Block + BlocksAtOnce},0)'" : "received_at >= $3";
            await using var remove = new NpgsqlCommand($"delete from only {partition.Name} where site_id = $1 and occurred_at < $2 and {place}", connection);
            remove.Parameters.Add(new() { Value = job.SiteId });
            remove.Parameters.Add(PostgresEventStore.Time(progress.From));
            if (since is { } at) remove.Parameters.Add(PostgresEventStore.Time(at));
            var removed = await remove.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
            progress = progress with { Block = since is null ? progress.Block + BlocksAtOnce : progress.Blocks, Removed = progress.Removed + removed };
            await CommitAsync(connection, transaction, job, progress, cancel).ConfigureAwait(false);
            metrics.Removed(removed);
        }
        return progress;
    }

    private async Task<RetentionProgress> EmptyAsync(NpgsqlConnection connection, JobRun job, RetentionProgress progress, OldPartition partition, CancellationToken cancel)
    {
        if (partition.Blocks == 0) return progress;
        await using var transaction = await connection.BeginTransactionAsync(cancel).ConfigureAwait(false);
        // Nobody must queue behind this for long: if a reader is in the way, it is tried again later.
        await using (var patience = new NpgsqlCommand("set local lock_timeout = '2s'", connection)) await patience.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
        await using (var empty = new NpgsqlCommand($"truncate only {partition.Name}", connection)) await empty.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
        progress = progress with { Partition = partition.Name, Block = partition.Blocks, Blocks = partition.Blocks, Emptied = [.. progress.Emptied, partition.Name] };
        await CommitAsync(connection, transaction, job, progress, cancel).ConfigureAwait(false);
        log.PartitionEmptied(partition.Name);
        return progress;
    }

    // The step is committed together with how far it came, and only while the job is this worker's.
    private async Task CommitAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, JobRun job, RetentionProgress progress, CancellationToken cancel)
    {
        if (!await PostgresJobs.HoldAsync(connection, job.Job, progress.ToJson(), options.Lease, cancel).ConfigureAwait(false)) throw new JobLostException();
        await transaction.CommitAsync(cancel).ConfigureAwait(false);
    }

    private static async Task<int?> KeepDaysAsync(NpgsqlConnection connection, int siteId, CancellationToken cancel)
    {
        await using var read = new NpgsqlCommand(Sql.Get("ReadRetention"), connection) { Parameters = { new() { Value = siteId } } };
        return await read.ExecuteScalarAsync(cancel).ConfigureAwait(false) as int?;
    }

    private static async Task<(long? To, long? At)> CleanedAsync(NpgsqlConnection connection, int siteId, CancellationToken cancel)
    {
        await using var read = new NpgsqlCommand(Sql.Get("ReadRetention"), connection) { Parameters = { new() { Value = siteId } } };
        await using var reader = await read.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        if (!await reader.ReadAsync(cancel).ConfigureAwait(false) || reader.IsDBNull(4)) return (null, null);
        return (Instant.FromDateTime(reader.GetDateTime(4)), Instant.FromDateTime(reader.GetDateTime(5)));
    }

    private static async Task<List<OldPartition>> PartitionsAsync(NpgsqlConnection connection, long before, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(Sql.Get("OldPartitions"), connection) { Parameters = { PostgresEventStore.Time(before) } };
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        var partitions = new List<OldPartition>();
        while (await reader.ReadAsync(cancel).ConfigureAwait(false))
            partitions.Add(new OldPartition(reader.GetString(0), Instant.FromDateTime(reader.GetDateTime(1)), reader.GetInt64(2), reader.GetBoolean(3)));
        return partitions;
    }

    private sealed record OldPartition(string Name, long End, long Blocks, bool IsNobodys);
}
