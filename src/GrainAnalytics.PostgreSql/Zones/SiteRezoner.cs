using System.Data;
using GrainAnalytics.Core.Jobs;
using GrainAnalytics.Core.Rollups;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.PostgreSql.Rollups;
using GrainAnalytics.PostgreSql.Schema;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Zones;

/// <summary>What a change of a time zone did.</summary>
/// <param name="Clock">The site's clock now.</param>
/// <param name="From">From when on days are the new zone's, Unix microseconds; null: all of them.</param>
/// <param name="Events">Raw events that were counted again.</param>
public sealed record Rezoned(SiteClock Clock, long? From, long Events);

/// <summary>Changes a site's time zone together with everything that is counted by its hours and days, in one transaction: until it commits everybody sees the old
/// zone and writers count by it.</summary>
/// <remarks>Writers are kept off the site twice for a moment: at the beginning, so that what is read from then on is what the journal does not have, and at the end,
/// to move what they wrote meanwhile. They prove which zone they count by (write_in_zone), so that afterwards no one counts by the old.</remarks>
public sealed class SiteRezoner(MaintenanceDatabase database, SiteFolder folder)
{
    /// <summary>Changes it.</summary>
    /// <param name="siteId">The site.</param>
    /// <param name="timeZone">IANA name.</param>
    /// <param name="progress">Is told how many events are done.</param>
    /// <param name="confirm">Runs at the end of the transaction; what it throws undoes everything.</param>
    /// <param name="cancel">Ends it; everything is as before.</param>
    /// <returns>What was done; null when the site has the zone already.</returns>
    /// <exception cref="JobRefusedException">There is no such site or zone.</exception>
    public Task<Rezoned?> RunAsync(int siteId, string timeZone, Action<long>? progress, Func<NpgsqlConnection, Task> confirm, CancellationToken cancel) =>
        CountAsync(siteId, timeZone, progress, confirm, cancel);

    /// <summary>Counts the days of a site again, without another zone: those of which it keeps the raw events. Users and sessions stay what they are.</summary>
    /// <inheritdoc cref="RunAsync"/>
    public async Task<Rezoned> RepeatAsync(int siteId, Action<long>? progress, Func<NpgsqlConnection, Task> confirm, CancellationToken cancel) =>
        (await CountAsync(siteId, null, progress, confirm, cancel).ConfigureAwait(false))!;

    private async Task<Rezoned?> CountAsync(int siteId, string? timeZone, Action<long>? progress, Func<NpgsqlConnection, Task> confirm, CancellationToken cancel)
    {
        await folder.FoldAllAsync(siteId, cancel).ConfigureAwait(false);       // most of it before
        // Its connection is not used again: locks end with it, whatever happens.
        await using var connection = await database.Source.OpenConnectionAsync(cancel).ConfigureAwait(false);
        await SiteRebuilder.ExecuteAsync(connection, "WaitForRepairs", siteId, cancel).ConfigureAwait(false);
        await SiteRebuilder.ExecuteAsync(connection, "WaitForFolds", siteId, cancel).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancel).ConfigureAwait(false);
        var (old, keptFrom) = await ReadAsync(connection, siteId, cancel).ConfigureAwait(false);
        var clock = timeZone is null ? old : await ClockAsync(connection, old, timeZone, keptFrom, cancel).ConfigureAwait(false);
        if (timeZone is not null && clock.Zones == old.Zones) return null;
        var run = new RezoneRun(connection, siteId, old, clock, keptFrom);
        await run.BeginAsync(cancel).ConfigureAwait(false);
        await run.CountUsersAndVisitsAsync(cancel).ConfigureAwait(false);
        var events = await run.CountEventsAsync(progress, cancel).ConfigureAwait(false);
        await run.EndAsync(cancel).ConfigureAwait(false);
        await confirm(connection).ConfigureAwait(false);
        await transaction.CommitAsync(cancel).ConfigureAwait(false);
        return new Rezoned(clock, keptFrom, events);
    }

    private static async Task<(SiteClock Clock, long? KeptFrom)> ReadAsync(NpgsqlConnection connection, int siteId, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(Sql.Get("ReadRetention"), connection) { Parameters = { new() { Value = siteId } } };
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        if (!await reader.ReadAsync(cancel).ConfigureAwait(false)) throw new JobRefusedException("The site is gone.");
        if (reader.GetBoolean(3)) throw new InvalidOperationException("The site's rollups are being built from its events; its time zone can be changed when that is done.");
        var clock = new SiteClock(reader.GetString(2));
        if (reader.IsDBNull(1)) return (clock, null);
        // Retention removes whole days, so this is the start of one; if not, the next day is the first that can be counted again.
        var from = Instant.FromDateTime(reader.GetDateTime(1));
        var day = clock.DayOf(from);
        return (clock, clock.DayStart(day) == from ? from : clock.DayStart(day.AddDays(1)));
    }

    private static async Task<SiteClock> ClockAsync(NpgsqlConnection connection, SiteClock old, string timeZone, long? from, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(Sql.Get("KnowsZone"), connection) { Parameters = { new() { Value = timeZone } } };
        if (await command.ExecuteScalarAsync(cancel).ConfigureAwait(false) is not true) throw new JobRefusedException($"PostgreSQL does not know the time zone {timeZone}.");
        try
        {
            return old.With(timeZone, from);
        }
        catch (TimeZoneNotFoundException)
        {
            throw new JobRefusedException($"The time zone {timeZone} is unknown on this machine.");
        }
    }
}
