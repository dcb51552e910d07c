using GrainAnalytics.Core.Blocks;
using GrainAnalytics.Core.Text;
using GrainAnalytics.PostgreSql.Recounts;
using GrainAnalytics.PostgreSql.Schema;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Blocks;

/// <summary>People whose events of a day are others than in its blocks; in a question's snapshot.</summary>
internal static class StaleReader
{
    /// <summary>By day: all names under which they could be in the blocks.</summary>
    public static async Task<Dictionary<DateOnly, HashSet<long>>> PersonsAsync(NpgsqlConnection connection, int siteId, IEnumerable<DateOnly> days, CancellationToken cancel)
    {
        var persons = new Dictionary<DateOnly, HashSet<long>>();
        await using var command = DayScope.Command(connection, "StaleUsers", siteId, days.ToArray());
        command.CommandText = With(command.CommandText);
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        while (await reader.ReadAsync(cancel).ConfigureAwait(false))
        {
            var day = reader.GetFieldValue<DateOnly>(0);
            if (!persons.TryGetValue(day, out var ofDay)) persons.Add(day, ofDay = []);
            ofDay.Add(reader.GetInt64(1));
        }
        return persons;
    }

    /// <summary>Their events of a day; null when there are more than <paramref name="most"/>.</summary>
    public static async Task<List<PackedBlock>?> EventsAsync(NpgsqlConnection connection, int siteId, DateOnly day, long start, long end, IReadOnlyList<string> members, long most, CancellationToken cancel)
    {
        await using var command = DayScope.Command(connection, "StaleEvents", siteId, new[] { day }, Instant.ToDateTime(start), Instant.ToDateTime(end));
        command.CommandText = With(command.CommandText);
        return await SpanReader.ReadAllAsync(command, members, most, cancel).ConfigureAwait(false);
    }

    private static string With(string query) => query.Replace("/*who*/", Sql.Get("StalePersons"), StringComparison.Ordinal);
}
