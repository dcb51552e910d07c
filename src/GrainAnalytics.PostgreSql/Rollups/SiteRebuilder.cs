using System.Data;
using System.Text;
using GrainAnalytics.Core.Enrichment;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Jobs;
using GrainAnalytics.Core.Rollups;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.PostgreSql.Schema;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Rollups;

/// <summary>Makes a site's rollups again from its events, in one transaction: until it commits everybody sees the old ones, and writers go on.</summary>
public sealed class SiteRebuilder(AnalyticsDatabase database)
{
    internal const int Chunk = 50_000;

    /// <summary>Rebuilds.</summary>
    /// <param name="siteId">The site.</param>
    /// <param name="always">False: only if they are marked as incomplete; another server may have been at it.</param>
    /// <param name="progress">Is told how many events are done.</param>
    /// <param name="cancel">Ends it; everything is as before.</param>
    /// <returns>Events that were counted.</returns>
    /// <exception cref="JobRefusedException">Retention has removed events: the rollups have what nobody could count again.</exception>
    public async Task<long> RebuildAsync(int siteId, bool always, Action<long>? progress, CancellationToken cancel)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancel).ConfigureAwait(false);
        // Before the transaction, so that its snapshot has everything that folds before it have committed.
        await ExecuteAsync(connection, "WaitForFolds", siteId, cancel).ConfigureAwait(false);
        try
        {
            await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancel).ConfigureAwait(false);
            if (await ClockAsync(connection, siteId, cancel).ConfigureAwait(false) is not { } clock) return 0;
            if (!always && !await NeedsAsync(connection, siteId, cancel).ConfigureAwait(false)) return 0;
            if (await KeptFromAsync(connection, siteId, cancel).ConfigureAwait(false) is { } from)
                throw new JobRefusedException($"The site's events before {Instant.ToText(from)} were removed by retention: its rollups have what could not be counted again.");
            await ExecuteAsync(connection, "ForgetRollups", siteId, cancel).ConfigureAwait(false);
            var contexts = await ContextsAsync(connection, siteId, cancel).ConfigureAwait(false);
            await ExecuteAsync(connection, "RawEvents", siteId, cancel).ConfigureAwait(false);
            for (var all = 0L; ; progress?.Invoke(all))
            {
                var events = await NextAsync(connection, contexts, cancel).ConfigureAwait(false);
                all += events.Count;
                await SiteFolder.ApplyAsync(connection, siteId, clock, events, cancel).ConfigureAwait(false);
                if (events.Count == Chunk) continue;
                await transaction.CommitAsync(cancel).ConfigureAwait(false);
                return all;
            }
        }
        finally
        {
            if (connection.FullState == ConnectionState.Open) await ExecuteAsync(connection, "LetFold", siteId, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>From when on a site's raw events are complete, Unix microseconds; null: from the beginning.</summary>
    internal static async Task<long?> KeptFromAsync(NpgsqlConnection connection, int siteId, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(Sql.Get("KeptFrom"), connection) { Parameters = { new() { Value = siteId } } };
        return await command.ExecuteScalarAsync(cancel).ConfigureAwait(false) is DateTime from ? Instant.FromDateTime(from) : null;
    }

    /// <summary>The next events of the cursor "raw"; fewer than <see cref="Chunk"/>: it is at its end.</summary>
    internal static async Task<List<JournalEvent>> NextAsync(NpgsqlConnection connection, Dictionary<long, Utf8Text> contexts, CancellationToken cancel)
    {
        var events = new List<JournalEvent>(Chunk);
        await using var command = new NpgsqlCommand($"fetch {Chunk} from raw", connection) { CommandTimeout = 0 };
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        while (await reader.ReadAsync(cancel).ConfigureAwait(false))
        {
            var type = Encoding.UTF8.GetBytes(reader.GetString(6));
            events.Add(new JournalEvent(Instant.FromDateTime(reader.GetDateTime(0)), Text(reader, 1), Text(reader, 2), Text(reader, 3),
                reader.IsDBNull(4) ? default : contexts.GetValueOrDefault(reader.GetInt64(4)), reader.IsDBNull(5) ? 0 : reader.GetInt32(5),
                !EventTypes.IsUncounted(type), type.AsSpan().SequenceEqual("page_view"u8)));
        }
        return events;
    }

    internal static async Task<Dictionary<long, Utf8Text>> ContextsAsync(NpgsqlConnection connection, int siteId, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(Sql.Get("ReadContexts"), connection) { Parameters = { new() { Value = siteId } } };
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        var contexts = new Dictionary<long, Utf8Text>();
        while (await reader.ReadAsync(cancel).ConfigureAwait(false)) contexts.Add(reader.GetInt64(0), Context(reader));
        return contexts;
    }

    internal static Utf8Text Context(NpgsqlDataReader row)
    {
        Span<byte> facts = stackalloc byte[EventFacts.MaxSize];
        var writer = new FactsWriter(facts);
        for (var i = 1; i < row.FieldCount; i++)
            if (!row.IsDBNull(i)) writer.Add(Fact.Host + (byte)(i - 1), Encoding.UTF8.GetBytes(row.GetString(i)));
        return new Utf8Text(facts[..writer.Size].ToArray());
    }

    internal static async Task<SiteClock?> ClockAsync(NpgsqlConnection connection, int siteId, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(Sql.Get("LockFold"), connection) { Parameters = { new() { Value = siteId } } };
        return await command.ExecuteScalarAsync(cancel).ConfigureAwait(false) is string zone ? new SiteClock(zone) : null;
    }

    internal static async Task<bool> NeedsAsync(NpgsqlConnection connection, int siteId, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(Sql.Get("NeedsRebuild"), connection) { Parameters = { new() { Value = siteId } } };
        return await command.ExecuteScalarAsync(cancel).ConfigureAwait(false) is true;
    }

    internal static async Task ExecuteAsync(NpgsqlConnection connection, string query, int siteId, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(Sql.Get(query), connection) { CommandTimeout = 0, Parameters = { new() { Value = siteId } } };
        await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }

    private static Utf8Text Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? default : new Utf8Text(Encoding.UTF8.GetBytes(row.GetString(column)));
}
