using System.Data;
using System.Globalization;
using System.Text;
using System.Text.Json;
using GrainAnalytics.Core.Jobs;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.PostgreSql.Rollups;
using GrainAnalytics.PostgreSql.Schema;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Recounts;

/// <summary>Compares every rollup of a site's day with its raw events, repairs what differs and reports it. Each step is a transaction that also
/// writes down what it found: a step that is repeated finds nothing any more, and the report is whole.</summary>
public sealed class RecountJob(MaintenanceDatabase database, SiteFolder folder, JobMetrics metrics, ILogger<RecountJob> log) : IJob
{
    private delegate Task<IReadOnlyList<Findings>> Step(NpgsqlConnection connection, DayScope scope, CancellationToken cancel);

    /// <inheritdoc/>
    public string Kind => JobKinds.Recount;

    /// <summary>The arguments of a recount of a day.</summary>
    public static string ArgumentsOf(DateOnly day) => $$"""{"date":"{{day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}}"}""";

    /// <inheritdoc/>
    public async Task<string> RunAsync(JobRun job, CancellationToken cancel)
    {
        var day = DayOf(job.Job.Arguments);
        var (done, events) = (0, 0L);
        Step[] steps = [WrittenRecount.HoursAsync, WrittenRecount.UsersAsync, WrittenRecount.SessionsAsync];
        foreach (var step in steps)
        {
            Report();
            await RepairAsync(job, day, step, IsolationLevel.ReadCommitted, foldsWait: false, cancel).ConfigureAwait(false);
            done++;
        }
        Report();
        // Statistics wait for folds, and so they only wait here when there is something to repair.
        if (await IsDoubtfulAsync(job, day, Note, cancel).ConfigureAwait(false))
            await RepairAsync(job, day, (connection, scope, token) => new FoldedRecount(connection, scope).RepairAsync(Note, token),
                IsolationLevel.RepeatableRead, foldsWait: true, cancel).ConfigureAwait(false);
        return await ResultAsync(job.Job.Id, day, cancel).ConfigureAwait(false);

        void Report() => job.Progress = $$"""{"step":{{done + 1}},"steps":{{steps.Length + 1}},"events":{{events}}}""";

        void Note(long all)
        {
            events = all;
            Report();
        }
    }

    private async Task RepairAsync(JobRun job, DateOnly day, Step step, IsolationLevel isolation, bool foldsWait, CancellationToken cancel)
    {
        if (foldsWait) await folder.FoldAllAsync(job.SiteId, cancel).ConfigureAwait(false);     // most of it before
        await using var connection = await OpenAsync(job, foldsWait, cancel).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(isolation, cancel).ConfigureAwait(false);
        var found = await step(connection, await ScopeAsync(connection, job.SiteId, day, cancel).ConfigureAwait(false), cancel).ConfigureAwait(false);
        foreach (var findings in found) await findings.SaveAsync(connection, job.Job.Id, cancel).ConfigureAwait(false);
        await transaction.CommitAsync(cancel).ConfigureAwait(false);
        foreach (var findings in found)
        {
            if (findings.Differences == 0) continue;
            metrics.Differed(findings.Table, findings.Differences);
            log.RecountDiffers(job.SiteId, day, findings.Differences, findings.Table);
        }
    }

    // The same comparison without the fold lock, and taken back: what is not folded yet is left out of the events instead.
    private async Task<bool> IsDoubtfulAsync(JobRun job, DateOnly day, Action<long> progress, CancellationToken cancel)
    {
        await folder.FoldAllAsync(job.SiteId, cancel).ConfigureAwait(false);
        await using var connection = await OpenAsync(job, foldsWait: false, cancel).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancel).ConfigureAwait(false);
        var scope = await ScopeAsync(connection, job.SiteId, day, cancel).ConfigureAwait(false);
        try
        {
            return (await new FoldedRecount(connection, scope).CompareAsync(progress, cancel).ConfigureAwait(false)) is not { } found || found.Any(findings => findings.Differences > 0);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected)
        {
            return true;        // it met a fold where there was something to repair
        }
    }

    // Locks are taken before the transaction begins, so that its snapshot has what everybody who had them before has committed. They end with the connection.
    private async Task<NpgsqlConnection> OpenAsync(JobRun job, bool foldsWait, CancellationToken cancel)
    {
        var connection = await database.Source.OpenConnectionAsync(cancel).ConfigureAwait(false);
        try
        {
            await SiteRebuilder.ExecuteAsync(connection, "WaitForRepairs", job.SiteId, cancel).ConfigureAwait(false);
            if (foldsWait) await SiteRebuilder.ExecuteAsync(connection, "WaitForFolds", job.SiteId, cancel).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task<DayScope> ScopeAsync(NpgsqlConnection connection, int siteId, DateOnly day, CancellationToken cancel)
    {
        await using var command = DayScope.Command(connection, "ReadRetention", siteId);
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        if (!await reader.ReadAsync(cancel).ConfigureAwait(false)) throw new JobRefusedException("The site is gone.");
        if (reader.GetBoolean(3)) throw new InvalidOperationException("The site's rollups are being built from its events; they can be recounted when that is done.");
        return Scope(siteId, new SiteClock(reader.GetString(2)), day, reader.IsDBNull(1) ? null : Instant.FromDateTime(reader.GetDateTime(1)));
    }

    private static DayScope Scope(int siteId, SiteClock clock, DateOnly day, long? keptFrom) => keptFrom > clock.DayStart(day)
        ? throw new JobRefusedException($"The site's events before {Instant.ToText(keptFrom.Value)} were removed by retention: the day cannot be counted again.")
        : new DayScope(siteId, clock, day, keptFrom);

    private async Task<string> ResultAsync(long jobId, DateOnly day, CancellationToken cancel)
    {
        await using var command = database.Source.CreateCommand(Sql.Get("ReadFindings"));
        command.Parameters.Add(new() { Value = jobId });
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        using var buffer = new MemoryStream();
        await using (var json = new Utf8JsonWriter(buffer))
        {
            var all = 0L;
            json.WriteStartObject();
            json.WriteString("date", day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
            json.WriteStartArray("tables");
            while (await reader.ReadAsync(cancel).ConfigureAwait(false))
            {
                json.WriteStartObject();
                json.WriteString("table", reader.GetString(0));
                json.WriteNumber("differences", reader.GetInt64(1));
                json.WritePropertyName("examples");
                json.WriteRawValue(reader.GetString(2));
                json.WriteEndObject();
                all += reader.GetInt64(1);
            }
            json.WriteEndArray();
            json.WriteNumber("differences", all);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static DateOnly DayOf(string arguments)
    {
        using var json = JsonDocument.Parse(arguments);
        return json.RootElement.TryGetProperty("date", out var date) && date.ValueKind == JsonValueKind.String
            && DateOnly.TryParseExact(date.GetString(), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            ? day : throw new JobRefusedException("A recount needs a date.");
    }
}
