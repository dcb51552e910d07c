using Microsoft.Extensions.Logging;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Schema;

/// <summary>Makes the partitions of <c>events</c>: the months of this year and three ahead, earlier years one each, one
/// for everything before 2015. Their number stays bounded whatever dates senders claim, and writers never run DDL.</summary>
public sealed class PartitionKeeper(NpgsqlDataSource database, TimeProvider time, ILogger<PartitionKeeper> log)
{
    private const int FirstYear = 2015, MonthsAhead = 3;

    /// <summary>Creates what is missing, in one transaction under an advisory lock.</summary>
    public async Task EnsureAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancel).ConfigureAwait(false);
        await ExecuteAsync(connection, $"select pg_advisory_xact_lock({Migrator.LockKey})", cancel).ConfigureAwait(false);
        var existing = await ExistingAsync(connection, cancel).ConfigureAwait(false);
        var missing = Plan(DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime), existing).ToList();
        foreach (var (name, from, to) in missing)
        {
            var lower = from is { } f ? $"'{f:yyyy-MM-dd}+00'" : "minvalue";
            await ExecuteAsync(connection, $"create table {name} partition of events for values from ({lower}) to ('{to:yyyy-MM-dd}+00')", cancel)
                .ConfigureAwait(false);
        }
        await transaction.CommitAsync(cancel).ConfigureAwait(false);
        if (missing.Count > 0) log.PartitionsMade(missing.Count, missing[^1].Name);
    }

    /// <summary>The partitions that a database with the given ones still needs on a day.</summary>
    internal static IEnumerable<(string Name, DateOnly? From, DateOnly To)> Plan(DateOnly today, IReadOnlySet<string> existing)
    {
        if (!existing.Contains("events_old")) yield return ("events_old", null, new DateOnly(FirstYear, 1, 1));
        var last = new DateOnly(today.Year, today.Month, 1).AddMonths(MonthsAhead);
        for (var year = FirstYear; year <= last.Year; year++)
        {
            if (existing.Contains($"events_{year}")) continue;
            var start = new DateOnly(year, 1, 1);
            // A year that was this year once has its months; only one that never was gets a partition of its own.
            if (year < today.Year && !existing.Any(name => name.StartsWith($"events_{year}_", StringComparison.Ordinal)))
            {
                yield return ($"events_{year}", start, start.AddYears(1));
                continue;
            }
            for (var month = start; month.Year == year && month <= last; month = month.AddMonths(1))
                if (!existing.Contains($"events_{year}_{month:MM}")) yield return ($"events_{year}_{month:MM}", month, month.AddMonths(1));
        }
    }

    private static async Task<HashSet<string>> ExistingAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        var names = new HashSet<string>();
        await using var command = new NpgsqlCommand("select inhrelid::regclass::text from pg_inherits where inhparent = 'events'::regclass", connection);
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        while (await reader.ReadAsync(cancel).ConfigureAwait(false)) names.Add(reader.GetString(0));
        return names;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string text, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(text, connection);
        await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }
}
