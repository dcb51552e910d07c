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

    // What is counted in memory before it is written: some 100 MB each.
    internal const int MostValues = 60_000;
    private const int MostPeople = 1_000_000;

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
            // All rows of a cursor are read, so that it is a sort that is quick and not an index.
            await ExecuteAsync(connection, "ReadToTheEnd", cancel).ConfigureAwait(false);
            // Whoever became one person with another since the last fold.
            await SiteFolder.ApplyAsync(connection, siteId, clock, [], cancel).ConfigureAwait(false);
            var counted = await CountValuesAsync(connection, siteId, clock, done => progress?.Invoke(done / 2), cancel).ConfigureAwait(false);
            await CountPeopleAsync(connection, siteId, clock, done => progress?.Invoke((counted + done) / 2), cancel).ConfigureAwait(false);
            await transaction.CommitAsync(cancel).ConfigureAwait(false);
            return counted;
        }
        finally
        {
            if (connection.FullState == ConnectionState.Open) await ExecuteAsync(connection, "LetFold", siteId, CancellationToken.None).ConfigureAwait(false);
        }
    }

    // By day a value's counts are together, in the order in which events lie in the table; by user those of users and their sessions are. Each row is
    // written once or twice, and not again for every 50,000 events, of which a transaction would keep all versions.
    private static async Task<long> CountValuesAsync(NpgsqlConnection connection, int siteId, SiteClock clock, Action<long> progress, CancellationToken cancel)
    {
        var contexts = await ContextsAsync(connection, siteId, cancel).ConfigureAwait(false);
        var (links, changes) = (new LinkStore(connection, siteId), new ChangeStore(connection, siteId));
        var fold = new SiteFold(clock);
        await ExecuteAsync(connection, "RawValues", siteId, cancel).ConfigureAwait(false);
        for (var all = 0L; ; progress(all))
        {
            var events = await NextAsync(connection, contexts, cancel).ConfigureAwait(false);
            all += events.Count;
            fold.AddValues(await links.ResolveAsync(events, cancel).ConfigureAwait(false));
            if (events.Count == Chunk && fold.Changes.Values.Count < MostValues) continue;
            await changes.SaveAsync(fold.TakeChanges(), cancel).ConfigureAwait(false);
            if (events.Count == Chunk) continue;
            await ExecuteAsync(connection, "CloseRaw", cancel).ConfigureAwait(false);
            return all;
        }
    }

    private static async Task CountPeopleAsync(NpgsqlConnection connection, int siteId, SiteClock clock, Action<long> progress, CancellationToken cancel)
    {
        var (links, changes) = (new LinkStore(connection, siteId), new RollupChanges());
        await ExecuteAsync(connection, "RawPeople", siteId, cancel).ConfigureAwait(false);
        for (var all = 0L; ; progress(all))
        {
            var read = await NextAsync(connection, [], cancel).ConfigureAwait(false);
            all += read.Count;
            var events = await links.ResolveAsync(read, cancel).ConfigureAwait(false);
            var (fold, states) = (new SiteFold(clock, changes), new StateStore(connection, siteId));
            await states.LoadAsync(fold, events, cancel).ConfigureAwait(false);
            fold.AddPeople(events);
            await states.SaveAsync(fold, cancel).ConfigureAwait(false);
            if (read.Count == Chunk && changes.Values.Count + changes.Durations.Count < MostPeople) continue;
            await new ChangeStore(connection, siteId).SaveAsync(changes, cancel).ConfigureAwait(false);
            changes = new();
            if (read.Count == Chunk) continue;
            await ExecuteAsync(connection, "CloseRaw", cancel).ConfigureAwait(false);
            return;
        }
    }

    /// <summary>From when on a site's raw events are complete, Unix microseconds; null: from the beginning.</summary>
    internal static async Task<long?> KeptFromAsync(NpgsqlConnection connection, int siteId, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(Sql.Get("KeptFrom"), connection) { Parameters = { new() { Value = siteId } } };
        return await command.ExecuteScalarAsync(cancel).ConfigureAwait(false) is DateTime from ? Instant.FromDateTime(from) : null;
    }

    /// <summary>The next events of a cursor; fewer than <see cref="Chunk"/>: it is at its end. Their types, if they are wanted, are added to a list.</summary>
    internal static async Task<List<JournalEvent>> NextAsync(NpgsqlConnection connection, Dictionary<long, Utf8Text> contexts, CancellationToken cancel,
        List<Utf8Text>? types = null, string cursor = "raw")
    {
        var events = new List<JournalEvent>(Chunk);
        await using var command = new NpgsqlCommand($"fetch {Chunk} from {cursor}", connection) { CommandTimeout = 0 };
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        while (await reader.ReadAsync(cancel).ConfigureAwait(false))
        {
            var type = reader.GetFieldValue<byte[]>(6);
            types?.Add(new Utf8Text(type));
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

    internal static Task<SiteClock?> ClockAsync(NpgsqlConnection connection, int siteId, CancellationToken cancel) =>
        SiteFolder.LockAsync(connection, siteId, "LockFold", cancel);

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

    internal static async Task ExecuteAsync(NpgsqlConnection connection, string query, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(Sql.Get(query), connection);
        await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>A column's text, or none.</summary>
    internal static Utf8Text Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? default : new Utf8Text(row.GetFieldValue<byte[]>(column));
}
