using System.Collections.Concurrent;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.PostgreSql.Schema;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Writing;

/// <summary>Sites of which this process's events once had another time zone than the database: it may hold the site as it was for some time, and events that were
/// taken before the change may be written long after it.</summary>
/// <param name="database">The data source.</param>
/// <param name="changed">Is told of a site whose zone is another one.</param>
internal sealed class SiteZones(NpgsqlDataSource database, Action<int>? changed)
{
    /// <summary>What WriteNew fails with when a site has another zone by now.</summary>
    public const string SqlState = "GA001";

    private readonly ConcurrentDictionary<int, SiteClock> _clocks = new();

    /// <summary>The rows with the hours and days of what is known of zones; in a batch all rows of a site have the same.</summary>
    public EventRow[] Apply(EventRow[] rows)
    {
        if (_clocks.IsEmpty && !AreMixed(rows)) return rows;
        var clocks = new Dictionary<int, SiteClock>();
        var result = new EventRow[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            var site = rows[i].Site;
            if (!clocks.TryGetValue(site.Id, out var clock)) clocks.Add(site.Id, clock = _clocks.GetValueOrDefault(site.Id, site.Clock));
            result[i] = site.Clock.Zones == clock.Zones ? rows[i] : EventRow.Of(site with { Clock = clock }, rows[i].Event);
        }
        return result;
    }

    /// <summary>Asks for the zones of the rows' sites.</summary>
    public async Task ReadAsync(EventRow[] rows, CancellationToken cancel)
    {
        await using var command = new PreparedCommand(database, "ReadZones");
        command.Parameters.Add(new() { Value = rows.Select(row => row.Site.Id).Distinct().ToArray() });
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        while (await reader.ReadAsync(cancel).ConfigureAwait(false))
        {
            var (site, zones) = (reader.GetInt32(0), reader.GetString(1));
            if (_clocks.TryGetValue(site, out var known) ? known.Zones == zones : rows.First(row => row.Site.Id == site).Site.Clock.Zones == zones) continue;
            _clocks[site] = new SiteClock(zones);
            changed?.Invoke(site);
        }
    }

    private static bool AreMixed(EventRow[] rows)
    {
        for (var i = 1; i < rows.Length; i++)
            if (rows[i].Site.Id == rows[i - 1].Site.Id && !ReferenceEquals(rows[i].Site.Clock, rows[i - 1].Site.Clock) && rows[i].Site.Clock.Zones != rows[i - 1].Site.Clock.Zones) return true;
        return false;
    }
}
