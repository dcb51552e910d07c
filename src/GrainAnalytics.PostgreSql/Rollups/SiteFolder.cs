using System.Runtime.InteropServices;
using GrainAnalytics.Core.Rollups;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.PostgreSql.Blocks;
using GrainAnalytics.PostgreSql.Schema;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Rollups;

/// <summary>Folds a site's journal into its rollups, some rows of it in each transaction, under the site's fold lock.</summary>
public sealed class SiteFolder(NpgsqlDataSource database)
{
    /// <summary>Bytes of the journal that are folded at once: some 50,000 events, enough to change a busy row once for many of them, and
    /// little enough for memory.</summary>
    public const long PieceBytes = 4 * 1024 * 1024;

    /// <summary>Folds everything that was committed before the call.</summary>
    /// <returns>Writes that were folded.</returns>
    public async Task<int> FoldAllAsync(int siteId, CancellationToken cancel)
    {
        if (await NewestAsync(siteId, cancel).ConfigureAwait(false) is not { } newest) return 0;
        for (var all = 0; ; )
        {
            var (taken, last) = await FoldAsync(siteId, "LockToFold", cancel).ConfigureAwait(false);
            all += taken;
            if (taken == 0 || last >= newest) return all;
        }
    }

    /// <summary>Folds some of it, unless somebody else is at it.</summary>
    /// <returns>True when there may be more.</returns>
    public async Task<bool> FoldSomeAsync(int siteId, CancellationToken cancel)
    {
        var (taken, _) = await FoldAsync(siteId, "TryLockToFold", cancel).ConfigureAwait(false);
        return taken > 0;
    }

    /// <summary>Sites with something to fold, and how many bytes it has.</summary>
    public Task<List<(int SiteId, long Bytes)>> WaitingAsync(CancellationToken cancel) => ReadAsync("WaitingSites", row => (row.GetInt32(0), row.GetInt64(1)), cancel);

    /// <summary>Sites whose rollups must be made again.</summary>
    public Task<List<int>> ToRebuildAsync(CancellationToken cancel) => ReadAsync("SitesToRebuild", row => row.GetInt32(0), cancel);

    private async Task<List<T>> ReadAsync<T>(string query, Func<NpgsqlDataReader, T> read, CancellationToken cancel)
    {
        await using var command = new PreparedCommand(database, query);
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancel).ConfigureAwait(false)) rows.Add(read(reader));
        return rows;
    }

    private async Task<long?> NewestAsync(int siteId, CancellationToken cancel)
    {
        await using var command = new PreparedCommand(database, "NewestJournal");
        command.Parameters.Add(new() { Value = siteId });
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        await reader.ReadAsync(cancel).ConfigureAwait(false);
        if (reader.GetBoolean(1)) throw new EventStoreException(StoreFailure.Away, isOutcomeUnknown: false, "The site's statistics are being built from its events; try again later.");
        return reader.IsDBNull(0) ? null : reader.GetInt64(0);
    }

    private async Task<(int Taken, long Last)> FoldAsync(int siteId, string lockQuery, CancellationToken cancel)
    {
        await using var pooled = await database.OpenConnectionAsync(cancel).ConfigureAwait(false);
        await using var transaction = await pooled.BeginTransactionAsync(cancel).ConfigureAwait(false);
        var connection = new FoldConnection(pooled, KeepsPrepared: true);
        if (await LockAsync(connection, siteId, lockQuery, cancel).ConfigureAwait(false) is not { } clock) return (0, 0);
        var (taken, last) = await TakeAsync(connection, siteId, clock, cancel).ConfigureAwait(false);
        if (taken == 0) return (0, 0);
        await transaction.CommitAsync(cancel).ConfigureAwait(false);
        return (taken, last);
    }

    /// <summary>Folds some of what the transaction sees; it has the site's fold lock.</summary>
    /// <returns>Writes that were folded; 0 when there are none left.</returns>
    internal static async Task<int> FoldOnceAsync(FoldConnection connection, int siteId, SiteClock clock, CancellationToken cancel) =>
        (await TakeAsync(connection, siteId, clock, cancel).ConfigureAwait(false)).Taken;

    private static async Task<(int Taken, long Last)> TakeAsync(FoldConnection connection, int siteId, SiteClock clock, CancellationToken cancel)
    {
        var events = new List<JournalEvent>();
        var (taken, last) = (0, 0L);
        await using (var take = connection.Command("TakeJournal"))
        {
            take.Parameters.Add(new() { Value = siteId });
            take.Parameters.Add(new() { Value = PieceBytes });
            await using var reader = await connection.ReadAsync(take, cancel).ConfigureAwait(false);
            for (; await reader.ReadAsync(cancel).ConfigureAwait(false); taken++)
            {
                last = reader.GetInt64(0);
                events.AddRange(JournalReader.Read(reader.GetFieldValue<byte[]>(1)));
            }
        }
        if (taken > 0) await ApplyAsync(connection, siteId, clock, events, cancel).ConfigureAwait(false);
        return (taken, last);
    }

    /// <summary>Adds events to the rollups; in a transaction that has the site's fold lock.</summary>
    /// <param name="connection">With the transaction.</param>
    /// <param name="siteId">The site.</param>
    /// <param name="clock">Its days.</param>
    /// <param name="events">Events.</param>
    /// <param name="cancel">Ends it.</param>
    /// <param name="onlyDay">What is counted for a day is counted for this one alone; null: for all days.</param>
    internal static async Task ApplyAsync(FoldConnection connection, int siteId, SiteClock clock, IReadOnlyList<JournalEvent> events, CancellationToken cancel,
        DateOnly? onlyDay = null)
    {
        var fold = new SiteFold(clock);
        var states = new StateStore(connection, siteId);
        var links = new LinkStore(connection, siteId);
        var changed = await links.FoldAsync(fold, states, clock, cancel).ConfigureAwait(false);
        events = await links.ResolveAsync(events, cancel).ConfigureAwait(false);
        await states.LoadAsync(fold, events, cancel).ConfigureAwait(false);
        fold.Add(events);
        await states.SaveAsync(fold, cancel).ConfigureAwait(false);
        if (onlyDay is { } day) fold.Changes.KeepOnly(day);
        else
        {
            foreach (var value in events)
            {
                ref var earliest = ref CollectionsMarshal.GetValueRefOrAddDefault(changed, (clock.DayOf(value.OccurredAt), value.UserId), out var isKnown);
                earliest = isKnown ? Math.Min(earliest, value.OccurredAt) : value.OccurredAt;
            }
        }
        await StaleBlocks.AddAsync(connection, siteId, changed, cancel).ConfigureAwait(false);
        await new ChangeStore(connection, siteId).SaveAsync(fold.Changes, cancel).ConfigureAwait(false);
    }

    /// <summary>Takes a site's fold lock for the transaction.</summary>
    /// <returns>The site's clock; null when there is no such site, or when another holds the lock and it is only tried.</returns>
    internal static async Task<SiteClock?> LockAsync(FoldConnection connection, int siteId, string query, CancellationToken cancel)
    {
        await using var command = connection.Command(query);
        command.Parameters.Add(new() { Value = siteId });
        if (await connection.ScalarAsync(command, cancel).ConfigureAwait(false) is null) return null;
        await using var zone = connection.Command("FoldZone");
        zone.Parameters.Add(new() { Value = siteId });
        return await connection.ScalarAsync(zone, cancel).ConfigureAwait(false) is string zones ? new SiteClock(zones) : null;
    }
}
