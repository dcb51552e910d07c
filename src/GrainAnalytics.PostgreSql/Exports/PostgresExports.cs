using System.Runtime.CompilerServices;
using GrainAnalytics.Core.Exports;
using GrainAnalytics.Core.Text;
using GrainAnalytics.PostgreSql.Schema;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Exports;

/// <summary>Reads raw events in bulk: one slice of time after the other, each in a statement of its own, so that no snapshot is held for as long as a client
/// takes. Slices grow and shrink to some ten thousand events.</summary>
public sealed class PostgresExports(AnalyticsDatabase database, TimeProvider time) : IExports
{
    private const int FewEvents = 10_000, MostEvents = 50_000, FactColumns = 9;
    private const long ShortestSlice = Instant.Second, LongestSlice = 32 * Instant.Day;

    /// <inheritdoc/>
    public async IAsyncEnumerable<ExportedEvent> ReadAsync(ExportQuery query, [EnumeratorCancellation] CancellationToken cancel)
    {
        var after = query.After;
        var start = Math.Max(0, Math.Max(query.From, after?.OccurredAt ?? 0));
        // Nothing happened after this: ingest refuses what lies further ahead than a few days.
        var end = Math.Min(query.To, time.NowMicroseconds() + 366 * Instant.Day) + 1;
        for (var slice = Instant.Hour; start < end;)
        {
            var to = Math.Min(end, start + slice);
            var events = 0;
            await using var connection = await GuardAsync(() => database.Source.OpenConnectionAsync(cancel), cancel).ConfigureAwait(false);
            await using var command = Command(connection, query, start, to, after);
            await using (var reader = await GuardAsync(() => new ValueTask<NpgsqlDataReader>(command.ExecuteReaderAsync(cancel)), cancel).ConfigureAwait(false))
            {
                var isRead = false;
                try
                {
                    for (; await GuardAsync(() => new ValueTask<bool>(reader.ReadAsync(cancel)), cancel).ConfigureAwait(false); events++)
                    {
                        var value = Read(reader);
                        after = value.Position;
                        yield return value;
                    }
                    isRead = true;
                }
                finally
                {
                    // Who reads no further does not want the rest sent, which closing would read.
                    if (!isRead) command.Cancel();
                }
            }
            if (events == MostEvents)
            {
                // As long as these events took; the same instant may have more of them.
                (start, slice) = (after!.Value.OccurredAt, Math.Max(ShortestSlice, after.Value.OccurredAt - start));
                continue;
            }
            start = to;
            if (events < FewEvents) slice = Math.Min(LongestSlice, 4 * slice);
        }
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, ExportQuery query, long from, long to, ExportPosition? after)
    {
        var command = new NpgsqlCommand(Sql.Get("ReadExport"), connection);
        command.Parameters.Add(new() { Value = query.Site.Id });
        command.Parameters.Add(PostgresEventStore.Time(from));
        command.Parameters.Add(PostgresEventStore.Time(to));
        command.Parameters.Add(PostgresEventStore.Text(query.Type));
        command.Parameters.Add(PostgresEventStore.Time(after?.OccurredAt ?? long.MinValue));
        command.Parameters.Add(new() { Value = (after?.Key ?? default).ToGuid() });
        command.Parameters.Add(new() { Value = (long)MostEvents });
        return command;
    }

    private static ExportedEvent Read(NpgsqlDataReader row)
    {
        var values = new string?[ExportedEvent.Dimensions.Count];
        for (var i = 0; i < values.Length; i++) values[i] = Text(row, FactColumns + 3 + i);
        return new ExportedEvent(EventReader.Read(row, 0), Text(row, FactColumns), row.IsDBNull(FactColumns + 1) ? null : row.GetInt32(FactColumns + 1),
            row.GetBoolean(FactColumns + 2), values);
    }

    private static async ValueTask<T> GuardAsync<T>(Func<ValueTask<T>> work, CancellationToken cancel)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (Exception e) when (StoreErrors.IsStoreError(e, cancel))
        {
            throw StoreErrors.Translate(e);
        }
    }

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
