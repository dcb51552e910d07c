using System.Text;
using System.Text.Json;
using GrainAnalytics.Core.Events;
using GrainAnalytics.PostgreSql.Recounts;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Erasures;

/// <summary>Deletes what was set aside of a person: events, and rejected rows that name one of the ids.</summary>
internal sealed class LetterEraser(NpgsqlConnection connection, int siteId)
{
    private static readonly string[] Names = ["userId", "user_id", "anonymousId", "anonymous_id"];

    /// <returns>How many there were.</returns>
    public async Task<long> EraseAsync(string[] ids, CancellationToken cancel)
    {
        var (texts, quoted) = (ids.ToHashSet(), Array.ConvertAll(ids, id => Encoding.UTF8.GetBytes($"\"{id}\"")));
        var found = new List<long>();
        await using (var command = DayScope.Command(connection, "LettersToErase", siteId))
        await using (var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false))
            while (await reader.ReadAsync(cancel).ConfigureAwait(false))
            {
                var bytes = reader.GetFieldValue<byte[]>(2);
                var isTheirs = reader.GetString(1) == "event"
                    ? EventEncoder.TryDecode(bytes, out var value) && texts.Contains(value.UserIdText)
                    : NamesAny(bytes, texts, quoted);
                if (isTheirs) found.Add(reader.GetInt64(0));
            }
        if (found.Count == 0) return 0;
        await using var erase = DayScope.Command(connection, "EraseLetters", found.ToArray());
        return await erase.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }

    private static bool NamesAny(byte[] row, HashSet<string> ids, byte[][] quoted)
    {
        try
        {
            using var json = JsonDocument.Parse(row);
            if (json.RootElement.ValueKind != JsonValueKind.Object) return false;
            foreach (var member in json.RootElement.EnumerateObject())
                if (member.Value.ValueKind == JsonValueKind.String && Names.Contains(member.Name) && ids.Contains(member.Value.GetString()!)) return true;
            return false;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Cut off, malformed, or with half a surrogate pair: whoever is named in it, as a text of its own.
            return Array.Exists(quoted, id => row.AsSpan().IndexOf(id) >= 0);
        }
    }
}
