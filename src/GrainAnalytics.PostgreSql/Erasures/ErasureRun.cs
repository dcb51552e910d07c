using System.Text;
using GrainAnalytics.Core.Erasures;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Live;
using GrainAnalytics.Core.Rollups;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.PostgreSql.Blocks;
using GrainAnalytics.PostgreSql.Recounts;
using GrainAnalytics.PostgreSql.Rollups;
using GrainAnalytics.PostgreSql.Schema;
using GrainAnalytics.PostgreSql.Writing;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Erasures;

/// <summary>Erases one person, in a transaction that the caller commits.</summary>
/// <remarks>First what takes long and is in no writer's way: the journal is folded, events are deleted. Then writers are kept off, what came meanwhile goes the
/// same way, and rollups, sessions and lists change.</remarks>
internal sealed class ErasureRun(NpgsqlConnection connection, int siteId, string userId, IReadOnlyList<string> ids, long erasedAt)
{
    private readonly string[] _ids = [.. ids];
    private readonly HashSet<DateOnly> _days = [];

    /// <summary>All ids of a person.</summary>
    public static async Task<IReadOnlyList<string>> FindIdsAsync(NpgsqlConnection connection, int siteId, string userId, CancellationToken cancel)
    {
        await using var command = DayScope.Command(connection, "PersonIds", siteId, userId);
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        var ids = new List<string>();
        while (await reader.ReadAsync(cancel).ConfigureAwait(false)) ids.Add(reader.GetString(0));
        return ids;
    }

    /// <summary>Erases.</summary>
    /// <returns>Null when the person has other ids than the ones given; then there is nothing to commit.</returns>
    public async Task<ErasureReceipt?> RunAsync(CancellationToken cancel)
    {
        await ExecuteAsync("BoundErasure", cancel).ConfigureAwait(false);
        await ExecuteAsync("LockErasures", cancel, siteId).ConfigureAwait(false);
        await ExecuteAsync("LockRepairs", cancel, siteId).ConfigureAwait(false);
        if (await SiteRebuilder.ClockAsync(connection, siteId, cancel).ConfigureAwait(false) is not { } clock)
            throw new EventStoreException(StoreFailure.Away, isOutcomeUnknown: false, "The site is gone.");
        if (await SiteRebuilder.NeedsAsync(connection, siteId, cancel).ConfigureAwait(false))
            throw new EventStoreException(StoreFailure.Away, isOutcomeUnknown: false, "The site's statistics are being built from its events; try again later.");
        await FoldAsync(clock, cancel).ConfigureAwait(false);
        if (await HasOtherIdsAsync(cancel).ConfigureAwait(false)) return null;
        var fold = new ErasureFold(clock);
        await EraseEventsAsync(fold, clock, cancel).ConfigureAwait(false);
        var letters = await new LetterEraser(connection, siteId).EraseAsync(_ids, cancel).ConfigureAwait(false);
        var keptFrom = await SiteRebuilder.KeptFromAsync(connection, siteId, cancel).ConfigureAwait(false);
        var named = keptFrom is null ? [] : await NamedSessionsAsync(cancel).ConfigureAwait(false);
        // Once more, so that little is left for the time in which writers stand still.
        await FoldAsync(clock, cancel).ConfigureAwait(false);

        await ExecuteAsync("HoldTables", cancel).ConfigureAwait(false);
        await FoldAsync(clock, cancel).ConfigureAwait(false);
        if (await HasOtherIdsAsync(cancel).ConfigureAwait(false)) return null;
        await EraseEventsAsync(fold, clock, cancel).ConfigureAwait(false);
        await StaleBlocks.ForgetAsync(connection, siteId, _days, cancel).ConfigureAwait(false);
        await AddContextsAsync(fold, cancel).ConfigureAwait(false);
        await EraseUserAsync(fold, clock, cancel).ConfigureAwait(false);
        var sessions = await new SessionEraser(connection, siteId, clock, keptFrom).EraseAsync(fold, named, _ids, cancel).ConfigureAwait(false);
        await new ChangeStore(connection, siteId).SaveAsync(fold.Changes, cancel).ConfigureAwait(false);
        await EmptyValuesAsync(fold.Changes, cancel).ConfigureAwait(false);
        await new SketchEraser(connection, siteId, clock).EraseAsync(fold, Array.ConvertAll(_ids, id => UserHash.Of(Encoding.UTF8.GetBytes(id))), cancel).ConfigureAwait(false);
        await EraseHoursAsync(fold, cancel).ConfigureAwait(false);
        await using var days = DayScope.Command(connection, "EraseUserDays", siteId, fold.Days.Order().ToArray(), _ids);
        var receipt = new ErasureReceipt(userId, erasedAt)
        {
            Events = fold.Events,
            Sessions = sessions,
            ActiveDays = (long)(await days.ExecuteScalarAsync(cancel).ConfigureAwait(false))!,
            Identities = await ExecuteAsync("EraseIdentities", cancel, siteId, _ids).ConfigureAwait(false),
            DeadLetters = letters,
        };
        await ExecuteAsync("NoteErasures", cancel, siteId, Array.ConvertAll(_ids, id => UserTombstone.Of(siteId, Encoding.UTF8.GetBytes(id))), PostgresEventStore.Time(erasedAt))
            .ConfigureAwait(false);
        return receipt;
    }

    private async Task FoldAsync(SiteClock clock, CancellationToken cancel)
    {
        while (await SiteFolder.FoldOnceAsync(connection, siteId, clock, cancel).ConfigureAwait(false) > 0) { }
    }

    private async Task<bool> HasOtherIdsAsync(CancellationToken cancel) =>
        (await FindIdsAsync(connection, siteId, userId, cancel).ConfigureAwait(false)).Except(_ids).Any();

    private async Task EraseEventsAsync(ErasureFold fold, SiteClock clock, CancellationToken cancel)
    {
        await using var command = DayScope.Command(connection, "EraseEvents", siteId, _ids);
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        while (await reader.ReadAsync(cancel).ConfigureAwait(false))
        {
            _days.Add(clock.DayOf(Instant.FromDateTime(reader.GetDateTime(0))));
            fold.Add(new ErasedEvent(Instant.FromDateTime(reader.GetDateTime(0)), SiteRebuilder.Text(reader, 1), SiteRebuilder.Text(reader, 2), reader.IsDBNull(3) ? null : reader.GetInt64(3),
                reader.IsDBNull(4) ? 0 : reader.GetInt32(4), SiteRebuilder.Text(reader, 5), !reader.IsDBNull(6)));
        }
    }

    private async Task AddContextsAsync(ErasureFold fold, CancellationToken cancel)
    {
        var contexts = fold.ContextIds.ToArray();
        if (contexts.Length == 0) return;
        await using var command = DayScope.Command(connection, "ContextsOf", siteId, contexts);
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        while (await reader.ReadAsync(cancel).ConfigureAwait(false)) fold.AddContext(reader.GetInt64(0), SiteRebuilder.Context(reader));
    }

    private async Task EraseUserAsync(ErasureFold fold, SiteClock clock, CancellationToken cancel)
    {
        var known = new SiteFold(clock);
        await new StateStore(connection, siteId).LoadUsersAsync(known, Array.ConvertAll(_ids, id => new Utf8Text(Encoding.UTF8.GetBytes(id))), cancel).ConfigureAwait(false);
        foreach (var user in known.Users.Values) fold.Remove(user);
        await ExecuteAsync("DeleteUsers", cancel, siteId, _ids).ConfigureAwait(false);
    }

    private async Task<string[]> NamedSessionsAsync(CancellationToken cancel)
    {
        await using var command = DayScope.Command(connection, "SessionsOfUsers", siteId, _ids);
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        var sessions = new List<string>();
        while (await reader.ReadAsync(cancel).ConfigureAwait(false)) sessions.Add(reader.GetString(0));
        return [.. sessions];
    }

    private async Task EraseHoursAsync(ErasureFold fold, CancellationToken cancel)
    {
        var hours = fold.Hours.OrderBy(h => h.Key.Hour).ThenBy(h => h.Key.Type).ToArray();
        if (hours.Length == 0) return;
        await using var command = new NpgsqlCommand(Sql.Get("EraseHours"), connection);
        var parameters = new ArrayParameters(command);
        parameters.Add(siteId);
        parameters.Add(Array.ConvertAll(hours, h => Instant.ToDateTime(h.Key.Hour)));
        parameters.Add(Array.ConvertAll(hours, h => h.Key.Type.Bytes));
        parameters.Add(Array.ConvertAll(hours, h => h.Value));
        await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }

    private async Task EmptyValuesAsync(RollupChanges changes, CancellationToken cancel)
    {
        var rows = changes.Values.Keys.Select(v => (v.Dimension, Month: Period.Month.IndexOf(v.Day), v.Value)).Distinct().Order().ToArray();
        if (rows.Length == 0) return;
        await using var command = new NpgsqlCommand(Sql.Get("EmptyValues"), connection);
        var parameters = new ArrayParameters(command);
        parameters.Add(siteId);
        parameters.Add(Array.ConvertAll(rows, r => (short)r.Dimension));
        parameters.Add(Array.ConvertAll(rows, r => Period.Month.StartOf(r.Month)));
        parameters.Add(Array.ConvertAll(rows, r => r.Value.Bytes));
        await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }

    private async Task<int> ExecuteAsync(string query, CancellationToken cancel, params object[] values)
    {
        await using var command = DayScope.Command(connection, query, values);
        return await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }
}
