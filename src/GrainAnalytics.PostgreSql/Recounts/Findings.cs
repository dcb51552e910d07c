using System.Text;
using System.Text.Json;
using GrainAnalytics.PostgreSql.Schema;
using Npgsql;
using NpgsqlTypes;

namespace GrainAnalytics.PostgreSql.Recounts;

/// <summary>Differences between a table and the raw events.</summary>
/// <param name="table">The table.</param>
internal sealed class Findings(string table)
{
    private const int MostExamples = 10, MostCharacters = 200;

    private readonly List<(string What, long Found, long Expected)> _examples = [];

    public string Table => table;

    public long Differences { get; private set; }

    /// <summary>Takes a difference in; the first ones are kept as examples.</summary>
    public void Add(string what, long found, long expected)
    {
        Differences++;
        if (_examples.Count < MostExamples) _examples.Add((what.Length > MostCharacters ? what[..MostCharacters] + "…" : what, found, expected));
    }

    /// <summary>Runs a statement that compares and repairs, and takes in what it returns: what, found and expected.</summary>
    public async Task<Findings> ReadAsync(NpgsqlCommand command, CancellationToken cancel)
    {
        await using (command)
        await using (var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false))
            while (await reader.ReadAsync(cancel).ConfigureAwait(false)) Add(reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2));
        return this;
    }

    /// <summary>Writes them down, in the repair's own transaction.</summary>
    public async Task SaveAsync(NpgsqlConnection connection, long jobId, CancellationToken cancel)
    {
        if (Differences == 0) return;
        await using var command = new NpgsqlCommand(Sql.Get("AddFinding"), connection)
        {
            Parameters = { new() { Value = jobId }, new() { Value = table }, new() { Value = Differences }, new() { Value = Examples(), NpgsqlDbType = NpgsqlDbType.Json } },
        };
        await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }

    private string Examples()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var (what, found, expected) in _examples)
            {
                json.WriteStartObject();
                json.WriteString("what", what);
                json.WriteNumber("found", found);
                json.WriteNumber("expected", expected);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
