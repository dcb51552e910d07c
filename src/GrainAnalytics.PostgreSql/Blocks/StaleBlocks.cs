using System.Text;
using GrainAnalytics.Core.Text;
using GrainAnalytics.PostgreSql.Recounts;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Blocks;

/// <summary>Tells blocks that events are others than when they were built; in a transaction that has the site's fold lock.</summary>
internal static class StaleBlocks
{
    // A day of which so many people change at once is built again.
    private const int MostAtOnce = 5_000;

    /// <summary>Events of these users on these days are new, or are somebody else's now.</summary>
    public static async Task AddAsync(NpgsqlConnection connection, int siteId, HashSet<(DateOnly Day, Utf8Text User)> changed, CancellationToken cancel)
    {
        if (changed.Count == 0) return;
        var days = new HashSet<DateOnly>();
        await using (var find = DayScope.Command(connection, "DaysWithBlocks", siteId, changed.Select(change => change.Day).Distinct().Order().ToArray()))
        await using (var reader = await find.ExecuteReaderAsync(cancel).ConfigureAwait(false))
            while (await reader.ReadAsync(cancel).ConfigureAwait(false)) days.Add(reader.GetFieldValue<DateOnly>(0));
        // Mostly it is today, which has none.
        if (days.Count == 0) return;
        var ofDays = changed.Where(change => days.Contains(change.Day)).GroupBy(change => change.Day).ToArray();
        await ForgetAsync(connection, siteId, [.. ofDays.Where(day => day.Count() > MostAtOnce).Select(day => day.Key)], cancel).ConfigureAwait(false);
        var stale = ofDays.Where(day => day.Count() <= MostAtOnce).SelectMany(day => day).ToArray();
        await using var add = DayScope.Command(connection, "AddStale", siteId, Array.ConvertAll(stale, change => change.Day), Array.ConvertAll(stale, change => Encoding.UTF8.GetString(change.User.Bytes.Span)));
        await add.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>Takes days' blocks away.</summary>
    public static async Task ForgetAsync(NpgsqlConnection connection, int siteId, IReadOnlyCollection<DateOnly> days, CancellationToken cancel)
    {
        if (days.Count == 0) return;
        await using var command = DayScope.Command(connection, "ForgetBlocks", siteId, days.Order().ToArray());
        await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }
}
