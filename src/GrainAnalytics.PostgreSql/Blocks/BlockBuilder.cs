using System.Data;
using GrainAnalytics.Core.Blocks;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.PostgreSql.Recounts;
using GrainAnalytics.PostgreSql.Rollups;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Blocks;

/// <summary>What became of a day's blocks.</summary>
public enum BlockOutcome
{
    /// <summary>They are there, or were already.</summary>
    Built,
    /// <summary>Another server builds blocks of the site, or changes all of its rollups.</summary>
    Busy,
    /// <summary>The day's blocks were to be gone meanwhile: nothing was stored.</summary>
    Changed,
    /// <summary>The day cannot have any: it has hardly begun, retention removes of it, or the site is gone or not ready.</summary>
    Refused,
}

/// <summary>Builds the blocks of closed days, and of the present one up to some minutes ago.</summary>
/// <remarks>First it says under the site's fold lock that it builds a day, and commits that. Then it reads, piece by piece, while folds go on. What a piece lacks is folded after
/// the note was committed, and the fold says whose events are others by then. At the end it takes the fold lock again: is the note still there, then the blocks are those of the day, but for these people.</remarks>
/// <param name="database">The data source for maintenance: its connections are not used again, so that locks end with them.</param>
/// <param name="time">Says up to when the present day may have blocks.</param>
public sealed class BlockBuilder(MaintenanceDatabase database, TimeProvider time)
{
    // Events that are sent within it are no late ones.
    private const long Fresh = 2 * 60_000_000L, Minute = 60_000_000L;

    // Events of the present day behind its blocks: with more, and a part of all its events, it gets new ones.
    private const long MostBehind = 100_000, PartBehind = 4;

    /// <summary>Most events that are read in one transaction, if one hour has not more.</summary>
    internal long PieceEvents { get; init; } = 600_000;

    /// <summary>Whether so many events of the present day are not in its blocks that these are to be built again.</summary>
    internal static bool IsFarBehind(long behind, long inBlocks) => behind > Math.Max(MostBehind, inBlocks / PartBehind);

    /// <summary>The last closed days that have many events and no blocks, and the present one, if it has many that are in none.</summary>
    /// <param name="site">The site.</param>
    /// <param name="now">Unix microseconds.</param>
    /// <param name="days">How many days are looked at.</param>
    /// <param name="events">What is many.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task<IReadOnlyList<DateOnly>> LargeDaysAsync(Site site, long now, int days, long events, CancellationToken cancel)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancel).ConfigureAwait(false);
        var (clock, today) = (site.Clock, site.Clock.DayOf(now));
        var kept = await SiteRebuilder.KeptFromAsync(connection, site.Id, cancel).ConfigureAwait(false) ?? long.MinValue;
        var closed = Enumerable.Range(1, days).Select(ago => today.AddDays(-ago)).Select(day => (Day: day, Start: clock.DayStart(day), End: clock.DayStart(day.AddDays(1))))
            .Where(day => day.Start < day.End && day.Start >= kept).ToArray();
        await using var command = DayScope.Command(connection, "LargeDays", site.Id, closed.Select(day => day.Day).ToArray(), closed.Select(day => Instant.ToDateTime(day.Start)).ToArray(),
            closed.Select(day => Instant.ToDateTime(day.End)).ToArray(), (short)BlockWriter.Version, events);
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        var large = new List<DateOnly>();
        while (await reader.ReadAsync(cancel).ConfigureAwait(false)) large.Add(reader.GetFieldValue<DateOnly>(0));
        await reader.DisposeAsync().ConfigureAwait(false);
        var start = clock.DayStart(today);
        var (end, inBlocks) = await PresentAsync(connection, site.Id, today, start, cancel).ConfigureAwait(false);
        var behind = (await EventEstimate.ReadAsync(connection, site.Id, [(end, now)], now, cancel).ConfigureAwait(false))[0];
        if (start >= kept && (end > start ? IsFarBehind(behind, inBlocks) : behind >= events)) large.Add(today);
        return large;
    }

    // Up to when the present day has blocks, and of how many events.
    private static async Task<(long End, long Events)> PresentAsync(NpgsqlConnection connection, int siteId, DateOnly day, long start, CancellationToken cancel)
    {
        await using var command = DayScope.Command(connection, "BlockDays", siteId, day, day, (short)BlockWriter.Version);
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        return await reader.ReadAsync(cancel).ConfigureAwait(false) && !reader.IsDBNull(0) && Instant.FromDateTime(reader.GetDateTime(1)) == start
            ? (Instant.FromDateTime(reader.GetDateTime(2)), reader.GetInt64(4)) : (start, 0);
    }

    /// <summary>Builds a day's blocks, if there are none.</summary>
    public Task<BlockOutcome> BuildAsync(int siteId, DateOnly day, CancellationToken cancel) => BuildAsync(siteId, day, null, cancel);

    /// <inheritdoc cref="BuildAsync(int, DateOnly, CancellationToken)"/>
    /// <param name="siteId">The site.</param>
    /// <param name="day">The day.</param>
    /// <param name="between">Runs when everything was read and nothing stored; for tests.</param>
    /// <param name="cancel">Ends it.</param>
    internal async Task<BlockOutcome> BuildAsync(int siteId, DateOnly day, Func<Task>? between, CancellationToken cancel)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancel).ConfigureAwait(false);
        await using (var take = DayScope.Command(connection, "TryBuild", siteId))
            if (await take.ExecuteScalarAsync(cancel).ConfigureAwait(false) is not true) return BlockOutcome.Busy;
        try
        {
            return await BuildAsync(connection, siteId, day, between, cancel).ConfigureAwait(false);
        }
        finally
        {
            if (connection.FullState == ConnectionState.Open) await SiteRebuilder.ExecuteAsync(connection, "LetBuild", siteId, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task<BlockOutcome> BuildAsync(NpgsqlConnection connection, int siteId, DateOnly day, Func<Task>? between, CancellationToken cancel)
    {
        var build = Guid.NewGuid();
        long start, end, stale;
        int first;
        await using (var transaction = await connection.BeginTransactionAsync(cancel).ConfigureAwait(false))
        {
            if (await SiteRebuilder.ClockAsync(connection, siteId, cancel).ConfigureAwait(false) is not { } clock
                || await SiteRebuilder.NeedsAsync(connection, siteId, cancel).ConfigureAwait(false)) return BlockOutcome.Refused;
            (start, end) = (clock.DayStart(day), Math.Min(clock.DayStart(day.AddDays(1)), (time.NowMicroseconds() - Fresh) / Minute * Minute));
            if (start >= end || await SiteRebuilder.KeptFromAsync(connection, siteId, cancel).ConfigureAwait(false) is { } from && start < from) return BlockOutcome.Refused;
            await using (var begin = DayScope.Command(connection, "BeginBlocks", siteId, day, PostgresEventStore.Time(start), PostgresEventStore.Time(end), build, (short)BlockWriter.Version))
            await using (var reader = await begin.ExecuteReaderAsync(cancel).ConfigureAwait(false))
            {
                if (!await reader.ReadAsync(cancel).ConfigureAwait(false)) return BlockOutcome.Built;
                (first, stale) = (reader.GetInt32(0), reader.GetInt64(1));
            }
            await transaction.CommitAsync(cancel).ConfigureAwait(false);
        }
        var (blocks, events) = (0, 0L);
        var pieces = await PiecesAsync(connection, siteId, start, end, cancel).ConfigureAwait(false);
        for (var piece = 0; piece + 1 < pieces.Count; piece++)
        {
            await using var transaction = await connection.BeginTransactionAsync(cancel).ConfigureAwait(false);
            await foreach (var block in SpanReader.ReadAsync(connection, siteId, pieces[piece], pieces[piece + 1], cancel).ConfigureAwait(false))
            {
                await AddAsync(connection, siteId, day, first + blocks++, block, cancel).ConfigureAwait(false);
                events += block.Events;
            }
            if (between is not null && piece + 2 == pieces.Count) await between().ConfigureAwait(false);
            // Whoever erases a user must not leave one in blocks that come later.
            if (!await LockShortlyAsync(connection, siteId, cancel).ConfigureAwait(false)) return BlockOutcome.Busy;
            await using var check = DayScope.Command(connection, "BuildsBlocks", siteId, day, build);
            if (await check.ExecuteScalarAsync(cancel).ConfigureAwait(false) is not true) return BlockOutcome.Changed;
            await transaction.CommitAsync(cancel).ConfigureAwait(false);
        }
        await using var ending = await connection.BeginTransactionAsync(cancel).ConfigureAwait(false);
        await SiteRebuilder.ExecuteAsync(connection, "LockFold", siteId, cancel).ConfigureAwait(false);
        await using var finish = DayScope.Command(connection, "EndBlocks", siteId, day, build, first, blocks, events, stale);
        if (await finish.ExecuteScalarAsync(cancel).ConfigureAwait(false) is null) return BlockOutcome.Changed;
        await ending.CommitAsync(cancel).ConfigureAwait(false);
        return BlockOutcome.Built;
    }

    // A rebuild or a change of the zone has the lock for long; meanwhile this transaction would keep its snapshot, and retention from removing a partition that it read.
    private static async Task<bool> LockShortlyAsync(NpgsqlConnection connection, int siteId, CancellationToken cancel)
    {
        await SiteRebuilder.ExecuteAsync(connection, "WaitShortly", cancel).ConfigureAwait(false);
        try
        {
            await SiteRebuilder.ExecuteAsync(connection, "LockFold", siteId, cancel).ConfigureAwait(false);
            return true;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            return false;
        }
    }

    // A snapshot keeps what folds replace meanwhile: of a large day each has some hours.
    private async Task<List<long>> PiecesAsync(NpgsqlConnection connection, int siteId, long start, long end, CancellationToken cancel)
    {
        var (pieces, events) = (new List<long> { start }, 0L);
        await using var command = DayScope.Command(connection, "HourCounts", siteId, PostgresEventStore.Time(start), PostgresEventStore.Time(end));
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        while (await reader.ReadAsync(cancel).ConfigureAwait(false))
        {
            var (hour, count) = (Instant.FromDateTime(reader.GetDateTime(0)), reader.GetInt64(1));
            if (events > 0 && events + count > PieceEvents && hour > start)
            {
                pieces.Add(hour);
                events = 0;
            }
            events += count;
        }
        pieces.Add(end);
        return pieces;
    }

    private static async Task AddAsync(NpgsqlConnection connection, int siteId, DateOnly day, int part, PackedBlock block, CancellationToken cancel)
    {
        await using var add = DayScope.Command(connection, "AddBlock", siteId, day, part, block.FirstPerson, block.Bytes, block.Members.HasAll);
        await add.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
        var members = block.Members.Columns;
        await using var addMembers = DayScope.Command(connection, "AddMembers", siteId, day, part, members.Keys.ToArray(), new NpgsqlParameter<byte[]?[]> { TypedValue = [.. members.Values] });
        await addMembers.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }
}
