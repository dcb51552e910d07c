using System.Text;
using GrainAnalytics.Core.Text;
using GrainAnalytics.PostgreSql.Rollups;

namespace GrainAnalytics.PostgreSql.Blocks;

/// <summary>Tells blocks that events are others than when they were built; in a transaction that has the site's fold lock.</summary>
internal static class StaleBlocks
{
    /// <summary>Most entries of a day. With more its blocks are of no use any more.</summary>
    public const int Most = 20_000;

    // A day of which so many people change at once is built again.
    private const int MostAtOnce = 5_000;

    /// <summary>Events are new, or are somebody else's now.</summary>
    /// <param name="connection">With the transaction.</param>
    /// <param name="siteId">The site.</param>
    /// <param name="changed">Days, and users whose events on them are others, from when on.</param>
    /// <param name="cancel">Ends it.</param>
    public static async Task AddAsync(FoldConnection connection, int siteId, Dictionary<(DateOnly Day, Utf8Text User), long> changed, CancellationToken cancel)
    {
        if (changed.Count == 0) return;
        var until = new Dictionary<DateOnly, long>();
        await using (var find = connection.Command("DaysWithBlocks", siteId, changed.Keys.Select(change => change.Day).Distinct().Order().ToArray()))
        await using (var reader = await connection.ReadAsync(find, cancel).ConfigureAwait(false))
            while (await reader.ReadAsync(cancel).ConfigureAwait(false)) until.Add(reader.GetFieldValue<DateOnly>(0), Instant.FromDateTime(reader.GetDateTime(1)));
        // Mostly it is the present day, whose blocks end before what has just happened.
        var days = changed.Where(change => until.TryGetValue(change.Key.Day, out var end) && change.Value < end).Select(change => change.Key).GroupBy(change => change.Day).ToArray();
        if (days.Length == 0) return;
        await ForgetAsync(connection, siteId, [.. days.Where(day => day.Count() > MostAtOnce).Select(day => day.Key)], cancel).ConfigureAwait(false);
        var stale = days.Where(day => day.Count() <= MostAtOnce).SelectMany(day => day).ToArray();
        await using var add = connection.Command("AddStale", siteId, Array.ConvertAll(stale, change => change.Day), Array.ConvertAll(stale, change => Encoding.UTF8.GetString(change.User.Bytes.Span)));
        await connection.ExecuteAsync(add, cancel).ConfigureAwait(false);
        var full = new List<DateOnly>();
        await using (var find = connection.Command("FullOfStale", siteId, stale.Select(change => change.Day).Distinct().Order().ToArray(), (long)Most))
        await using (var reader = await connection.ReadAsync(find, cancel).ConfigureAwait(false))
            while (await reader.ReadAsync(cancel).ConfigureAwait(false)) full.Add(reader.GetFieldValue<DateOnly>(0));
        await ForgetAsync(connection, siteId, full, cancel).ConfigureAwait(false);
    }

    /// <summary>Takes days' blocks away.</summary>
    public static async Task ForgetAsync(FoldConnection connection, int siteId, IReadOnlyCollection<DateOnly> days, CancellationToken cancel)
    {
        if (days.Count == 0) return;
        await using var command = connection.Command("ForgetBlocks", siteId, days.Order().ToArray());
        await connection.ExecuteAsync(command, cancel).ConfigureAwait(false);
    }
}
