using GrainAnalytics.Core.Blocks;
using GrainAnalytics.Core.Text;
using GrainAnalytics.PostgreSql.Schema;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Blocks;

/// <summary>Makes blocks of raw events.</summary>
internal static class SpanReader
{
    private const string Cursor = "span", InOrder = "order by person, e.occurred_at, e.key";

    private const int FirstMember = 8;

    // Characters of different texts.
    private const long MostText = 50_000_000;

    /// <summary>The blocks of a span of time, one after the other; in the caller's transaction, which may use the connection in between.</summary>
    /// <param name="connection">With a transaction.</param>
    /// <param name="siteId">The site.</param>
    /// <param name="start">Unix microseconds, inclusive.</param>
    /// <param name="end">Exclusive.</param>
    /// <param name="cancel">Ends it.</param>
    public static async IAsyncEnumerable<PackedBlock> ReadAsync(NpgsqlConnection connection, int siteId, long start, long end,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        // All rows of it are read, so that it is a sort that is quick and not an index.
        await ExecuteAsync(connection, "set local cursor_tuple_fraction = 1", cancel).ConfigureAwait(false);
        await using (var declare = new NpgsqlCommand($"declare {Cursor} no scroll cursor for {With(Sql.Get("SpanEvents"), "e.payload")} {InOrder}", connection) { CommandTimeout = 0 })
        {
            AddSpan(declare, siteId, start, end);
            await declare.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
        }
        var writer = new BlockWriter();
        do
        {
            await FetchAsync(connection, writer, cancel).ConfigureAwait(false);
            if (writer.Count == 0) break;
            var count = writer.Count;
            yield return writer.Take();
            if (count < BlockWriter.MostEvents) break;
        }
        while (true);
        await ExecuteAsync(connection, $"close {Cursor}", cancel).ConfigureAwait(false);
    }

    /// <summary>The blocks of a span of time that has few events: read in any order, which the database can do with several processes, and sorted here.</summary>
    /// <param name="connection">With a transaction.</param>
    /// <param name="siteId">The site.</param>
    /// <param name="start">Unix microseconds, inclusive.</param>
    /// <param name="end">Exclusive.</param>
    /// <param name="members">Members of the payload that blocks shall have.</param>
    /// <param name="most">Most events.</param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>Null when there are more than <paramref name="most"/>.</returns>
    public static async Task<List<PackedBlock>?> ReadAllAsync(NpgsqlConnection connection, int siteId, long start, long end, IReadOnlyList<string> members, long most, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(Sql.Get("SpanEvents"), connection);
        AddSpan(command, siteId, start, end);
        return await ReadAllAsync(command, members, most, cancel).ConfigureAwait(false);
    }

    // Somewhat more than is kept of a value: then it is known that there is more.
    private static string Member(int parameter) => $"left(e.payload ->> ${parameter}, {MemberWriter.LongestValue + 1})";

    /// <inheritdoc cref="ReadAllAsync(NpgsqlConnection, int, long, long, IReadOnlyList{string}, long, CancellationToken)"/>
    /// <param name="command">SpanEvents, or another query that has what it has and a mark for members.</param>
    /// <param name="members">Members of the payload that blocks shall have.</param>
    /// <param name="most">Most events.</param>
    /// <param name="cancel">Ends it.</param>
    public static async Task<List<PackedBlock>?> ReadAllAsync(NpgsqlCommand command, IReadOnlyList<string> members, long most, CancellationToken cancel)
    {
        var (events, keys, values, texts) = (new List<BlockEvent>(), new List<Guid>(), new List<string?>(), new Texts());
        command.CommandTimeout = 0;
        command.CommandText = With(command.CommandText, [.. members.Select((_, i) => Member(command.Parameters.Count + i + 1))]);
        foreach (var member in members) command.Parameters.Add(new() { Value = member });
        // Whoever stops reading is sent the rest all the same.
        command.CommandText += $" limit ${command.Parameters.Count + 1}";
        command.Parameters.Add(new() { Value = most + 1 });
        await using (var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancel).ConfigureAwait(false))
            {
                events.Add(Read(reader, texts));
                keys.Add(reader.GetGuid(7));
                for (var i = 0; i < members.Count; i++) values.Add(reader.IsDBNull(FirstMember + i) ? null : texts.Read(reader, FirstMember + i));
                if (events.Count > most || texts.Characters > MostText) return null;
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
        var (blocks, writer) = (new List<PackedBlock>(), new BlockWriter());
        for (var i = 0; i < order.Length; i++)
        {
            writer.Add(events[order[i]]);
            for (var m = 0; m < members.Count; m++) writer.SetMember(members[m], values[order[i] * members.Count + m]);
            if (writer.Count == BlockWriter.MostEvents || i + 1 == order.Length) blocks.Add(writer.Take());
        }
        return blocks;
    }

    // Expressions of ours; what somebody asked for are parameters.
    private static string With(string query, params ReadOnlySpan<string> members)
    {
        var more = new System.Text.StringBuilder();
        foreach (var member in members) more.Append(", ").Append(member);
        return query.Replace("/*members*/", more.ToString(), StringComparison.Ordinal);
    }

    private static void AddSpan(NpgsqlCommand command, int siteId, long start, long end)
    {
        command.Parameters.Add(new() { Value = siteId });
        command.Parameters.Add(PostgresEventStore.Time(start));
        command.Parameters.Add(PostgresEventStore.Time(end));
    }

    private static async Task FetchAsync(NpgsqlConnection connection, BlockWriter to, CancellationToken cancel)
    {
        var texts = new Texts();
        await using var command = new NpgsqlCommand($"fetch {BlockWriter.MostEvents} from {Cursor}", connection) { CommandTimeout = 0 };
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        while (await reader.ReadAsync(cancel).ConfigureAwait(false))
            to.Add(Read(reader, texts), reader.GetFieldValue<byte[]>(FirstMember));
    }

    private static BlockEvent Read(NpgsqlDataReader reader, Texts texts) =>
        new(reader.GetInt64(0), Instant.FromDateTime(reader.GetDateTime(1)), texts.Read(reader, 2), reader.IsDBNull(3) ? 0 : reader.GetInt64(3),
            reader.IsDBNull(4) ? null : reader.GetInt64(4), reader.IsDBNull(5) ? "" : texts.Read(reader, 5), reader.IsDBNull(6) ? 0 : reader.GetInt32(6));

    private static async Task ExecuteAsync(NpgsqlConnection connection, string text, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(text, connection);
        await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }

    // Mostly few that are repeated.
    private sealed class Texts
    {
        private readonly Dictionary<Utf8Text, string> _known = [];

        public long Characters { get; private set; }

        public string Read(NpgsqlDataReader reader, int column)
        {
            var utf8 = new Utf8Text(reader.GetFieldValue<byte[]>(column));
            if (_known.TryGetValue(utf8, out var text)) return text;
            _known.Add(utf8, text = System.Text.Encoding.UTF8.GetString(utf8.Bytes.Span));
            Characters += text.Length;
            return text;
        }
    }
}
