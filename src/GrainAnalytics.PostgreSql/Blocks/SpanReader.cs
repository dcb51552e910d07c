using GrainAnalytics.Core.Blocks;
using GrainAnalytics.Core.Text;
using GrainAnalytics.PostgreSql.Schema;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Blocks;

/// <summary>A block that was made of raw events.</summary>
/// <param name="FirstPerson">Hash of the first event's user.</param>
/// <param name="Bytes">The block.</param>
/// <param name="Events">How many events.</param>
internal sealed record MadeBlock(long FirstPerson, byte[] Bytes, int Events);

/// <summary>Makes blocks of raw events.</summary>
internal static class SpanReader
{
    private const string Cursor = "span", InOrder = "order by person, e.occurred_at, e.key";

    /// <summary>The blocks of a span of time, one after the other; in the caller's transaction, which may use the connection in between.</summary>
    /// <param name="connection">With a transaction.</param>
    /// <param name="siteId">The site.</param>
    /// <param name="start">Unix microseconds, inclusive.</param>
    /// <param name="end">Exclusive.</param>
    /// <param name="cancel">Ends it.</param>
    public static async IAsyncEnumerable<MadeBlock> ReadAsync(NpgsqlConnection connection, int siteId, long start, long end,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        // All rows of it are read, so that it is a sort that is quick and not an index.
        await ExecuteAsync(connection, "set local cursor_tuple_fraction = 1", cancel).ConfigureAwait(false);
        await using (var declare = new NpgsqlCommand($"declare {Cursor} no scroll cursor for {Sql.Get("SpanEvents")} {InOrder}", connection) { CommandTimeout = 0 })
        {
            AddSpan(declare, siteId, start, end);
            await declare.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
        }
        var writer = new BlockWriter();
        do
        {
            await FetchAsync(connection, writer, cancel).ConfigureAwait(false);
            if (writer.Count == 0) break;
            var (first, count) = (writer.FirstPerson, writer.Count);
            yield return new MadeBlock(first, writer.Take(), count);
            if (count < BlockWriter.MostEvents) break;
        }
        while (true);
        await ExecuteAsync(connection, $"close {Cursor}", cancel).ConfigureAwait(false);
    }

    /// <summary>The blocks of a span of time that has few events: read in any order, which the database can do with several processes, and sorted here.</summary>
    /// <returns>Null when there are more than <paramref name="most"/>.</returns>
    public static async Task<List<MadeBlock>?> ReadAllAsync(NpgsqlConnection connection, int siteId, long start, long end, long most, CancellationToken cancel)
    {
        var (events, keys, texts) = (new List<BlockEvent>(), new List<Guid>(), new Dictionary<Utf8Text, string>());
        await using (var command = new NpgsqlCommand(Sql.Get("SpanEvents"), connection) { CommandTimeout = 0 })
        {
            AddSpan(command, siteId, start, end);
            await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
            while (await reader.ReadAsync(cancel).ConfigureAwait(false))
            {
                events.Add(Read(reader, texts));
                keys.Add(reader.GetGuid(7));
                if (events.Count > most) return null;
            }
        }
        long[] persons = [.. events.Select(value => value.Person)];
        int[] order = [.. Enumerable.Range(0, persons.Length)];
        Array.Sort(persons, order);
        for (int from = 0, to; from < order.Length; from = to)
        {
            for (to = from + 1; to < order.Length && persons[to] == persons[from];) to++;
            // A Guid is compared as its bytes are, and so is PostgreSQL's uuid.
            if (to - from > 1) order.AsSpan(from..to).Sort((a, b) => events[a].At != events[b].At ? events[a].At.CompareTo(events[b].At) : keys[a].CompareTo(keys[b]));
        }
        var (blocks, writer) = (new List<MadeBlock>(), new BlockWriter());
        for (var i = 0; i < order.Length; i++)
        {
            writer.Add(events[order[i]]);
            if (writer.Count < BlockWriter.MostEvents && i + 1 < order.Length) continue;
            var (first, count) = (writer.FirstPerson, writer.Count);
            blocks.Add(new MadeBlock(first, writer.Take(), count));
        }
        return blocks;
    }

    private static void AddSpan(NpgsqlCommand command, int siteId, long start, long end)
    {
        command.Parameters.Add(new() { Value = siteId });
        command.Parameters.Add(PostgresEventStore.Time(start));
        command.Parameters.Add(PostgresEventStore.Time(end));
    }

    private static async Task FetchAsync(NpgsqlConnection connection, BlockWriter to, CancellationToken cancel)
    {
        var texts = new Dictionary<Utf8Text, string>();
        await using var command = new NpgsqlCommand($"fetch {BlockWriter.MostEvents} from {Cursor}", connection) { CommandTimeout = 0 };
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        while (await reader.ReadAsync(cancel).ConfigureAwait(false))
            to.Add(Read(reader, texts));
    }

    // Texts are few and repeated.
    private static BlockEvent Read(NpgsqlDataReader reader, Dictionary<Utf8Text, string> texts)
    {
        return new BlockEvent(reader.GetInt64(0), Instant.FromDateTime(reader.GetDateTime(1)), Text(2), reader.IsDBNull(3) ? 0 : reader.GetInt64(3),
            reader.IsDBNull(4) ? null : reader.GetInt64(4), reader.IsDBNull(5) ? "" : Text(5), reader.IsDBNull(6) ? 0 : reader.GetInt32(6));

        string Text(int column)
        {
            var utf8 = new Utf8Text(reader.GetFieldValue<byte[]>(column));
            if (!texts.TryGetValue(utf8, out var text)) texts.Add(utf8, text = System.Text.Encoding.UTF8.GetString(utf8.Bytes.Span));
            return text;
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string text, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(text, connection);
        await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }
}
