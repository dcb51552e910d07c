using GrainAnalytics.Core.Text;
using GrainAnalytics.PostgreSql.Recounts;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Blocks;

/// <summary>About how many events there are, from hours' counts.</summary>
internal static class EventEstimate
{
    /// <summary>Counted events in each of some spans of time, Unix microseconds, from inclusive.</summary>
    public static async Task<long[]> ReadAsync(NpgsqlConnection connection, int siteId, IReadOnlyList<(long From, long To)> spans, long now, CancellationToken cancel)
    {
        var counts = new long[spans.Count];
        if (counts.Length == 0) return counts;
        await using var command = DayScope.Command(connection, "EstimateEvents", siteId, spans.Select(span => Instant.ToDateTime(span.From)).ToArray(), spans.Select(span => Instant.ToDateTime(span.To)).ToArray(),
            PostgresEventStore.Time(now));
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        while (await reader.ReadAsync(cancel).ConfigureAwait(false)) counts[reader.GetInt64(0) - 1] = reader.GetInt64(1);
        return counts;
    }
}
