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
            await RunAsync(job, day, step, IsolationLevel.ReadCommitted, cancel).ConfigureAwait(false);
            done++;
        }
        Report();
        // Most of it without a lock that statistics wait for.
        await folder.FoldAllAsync(job.SiteId, cancel).ConfigureAwait(false);
        await RunAsync(job, day, (connection, scope, token) => new FoldedRecount(connection, scope).RunAsync(all =>
        {
            events = all;
            Report();
        }, token), IsolationLevel.RepeatableRead, cancel).ConfigureAwait(false);
        return await ResultAsync(job.Job.Id, day, cancel).ConfigureAwait(false);

        void Report() => job.Progress = $$"""{"step":{{done + 1}},"steps":{{steps.Length + 1}},"events":{{events}}}""";
    }

    private async Task RunAsync(JobRun job, DateOnly day, Step step, IsolationLevel isolation, CancellationToken cancel)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancel).ConfigureAwait(false);
        // Before the transaction, so that its snapshot has what everybody who had the lock before has committed. It ends with the connection.
        await SiteRebuilder.ExecuteAsync(connection, "WaitForFolds", job.SiteId, cancel).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(isolation, cancel).ConfigureAwait(false);
        if (await SiteRebuilder.ClockAsync(connection, job.SiteId, cancel).ConfigureAwait(false) is not { } clock) throw new JobRefusedException("The site is gone.");
        if (await SiteRebuilder.NeedsAsync(connection, job.SiteId, cancel).ConfigureAwait(false))
            throw new InvalidOperationException("The site's rollups are being built from its events; they can be recounted when that is done.");
        var scope = Scope(job.SiteId, clock, day, await SiteRebuilder.KeptFromAsync(connection, job.SiteId, cancel).ConfigureAwait(false));
        var found = await step(connection, scope, cancel).ConfigureAwait(false);
        foreach (var findings in found) await findings.SaveAsync(connection, job.Job.Id, cancel).ConfigureAwait(false);
        await transaction.CommitAsync(cancel).ConfigureAwait(false);
        foreach (var findings in found)
        {
            if (findings.Differences == 0) continue;
            metrics.Differed(findings.Table, findings.Differences);
            log.RecountDiffers(job.SiteId, day, findings.Differences, findings.Table);
        }
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
