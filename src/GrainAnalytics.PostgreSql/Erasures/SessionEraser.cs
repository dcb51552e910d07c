using System.Text;
using System.Text.Json;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Rollups;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.PostgreSql.Recounts;
using GrainAnalytics.PostgreSql.Rollups;
using GrainAnalytics.PostgreSql.Schema;
using GrainAnalytics.PostgreSql.Writing;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Erasures;

/// <summary>Takes a person out of sessions: those of nobody else go; what is left of shared ones is counted again from the events of the others.</summary>
internal sealed class SessionEraser(NpgsqlConnection connection, int siteId, SiteClock clock, long? keptFrom)
{
    private const int Piece = 5_000, MostUsers = 65;

    private sealed record Row(Utf8Text Id, long StartedAt, long LastSeenAt, long Events, string[] Users);

    private sealed record Left(long At, string User, JournalEvent Event, Guid Key);

    /// <summary>Takes the person's events out, which are deleted already.</summary>
    /// <param name="fold">What sessions lose; hears how their statistics change.</param>
    /// <param name="named">Further sessions that name the person.</param>
    /// <param name="ids">The person's ids.</param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>Sessions that are gone.</returns>
    public async Task<long> EraseAsync(ErasureFold fold, string[] named, string[] ids, CancellationToken cancel)
    {
        var gone = 0L;
        var sessions = fold.Sessions.Keys.Union(named.Select(id => new Utf8Text(Encoding.UTF8.GetBytes(id)))).Order().ToArray();
        foreach (var piece in sessions.Chunk(Piece)) gone += await ErasePieceAsync(fold, piece, ids, cancel).ConfigureAwait(false);
        return gone;
    }

    private async Task<long> ErasePieceAsync(ErasureFold fold, Utf8Text[] sessions, string[] ids, CancellationToken cancel)
    {
        var rows = await ReadAsync(sessions, cancel).ConfigureAwait(false);
        var shared = rows.Where(row => row.Users.Except(ids).Any() || row.Users.Length >= MostUsers).ToArray();
        var left = await LeftAsync(shared, cancel).ConfigureAwait(false);
        var states = new StateStore(connection, siteId);
        var visits = new SiteFold(clock);
        await states.LoadVisitsAsync(visits, Array.ConvertAll(sessions, SiteFold.SessionKey), cancel).ConfigureAwait(false);
        var (reduced, kept) = (new List<(Row Row, string User)>(), new List<KeyValuePair<EventKey, VisitState>>());
        var removed = rows.Select(row => row.Id).Except(shared.Select(row => row.Id)).ToList();
        foreach (var row in shared)
        {
            var others = left.GetValueOrDefault(row.Id) ?? [];
            var (key, lost) = (SiteFold.SessionKey(row.Id), fold.Sessions.GetValueOrDefault(row.Id));
            // What retention has removed of it nobody can count again: it becomes smaller by what was there of the person.
            var isWhole = keptFrom is null || row.StartedAt >= keptFrom;
            var now = isWhole ? Recount(row, others) : Reduce(row, lost, ids);
            if (now is { } session) reduced.Add(session);
            else removed.Add(row.Id);
            if (!visits.Visits.Remove(key, out var before)) continue;
            if ((isWhole ? fold.Replace(before, others.Select(e => e.Event)) : fold.Reduce(before, lost)) is { } after) kept.Add(new(key, after));
        }
        foreach (var visit in visits.Visits.Values) fold.Remove(visit);
        await EraseVisitsAsync([.. sessions.Select(SiteFold.SessionKey).Except(kept.Select(visit => visit.Key))], cancel).ConfigureAwait(false);
        await states.SaveVisitsAsync([.. kept], cancel).ConfigureAwait(false);
        await ReduceAsync(reduced, cancel).ConfigureAwait(false);
        await using var erase = DayScope.Command(connection, "EraseSessions", siteId, removed.Select(id => Encoding.UTF8.GetString(id.Bytes.Span)).ToArray());
        return await erase.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }

    private static (Row, string)? Recount(Row row, List<Left> others)
    {
        if (others.Count == 0) return null;
        var newest = others.MaxBy(e => (e.At, EventKey.FromGuid(e.Key)))!;
        return (new Row(row.Id, others.Min(e => e.At), newest.At, others.Count, [.. others.Select(e => e.User).Distinct().Order(StringComparer.Ordinal)]), newest.User);
    }

    private static (Row, string)? Reduce(Row row, ErasedSession lost, string[] ids)
    {
        string[] others = [.. row.Users.Except(ids).Order(StringComparer.Ordinal)];
        return row.Events <= lost.Events || others.Length == 0 ? null : (row with { Events = row.Events - lost.Events, Users = others }, others[0]);
    }

    private async Task<List<Row>> ReadAsync(Utf8Text[] sessions, CancellationToken cancel)
    {
        await using var command = DayScope.Command(connection, "SessionsToErase", siteId, Array.ConvertAll(sessions, id => Encoding.UTF8.GetString(id.Bytes.Span)));
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        var rows = new List<Row>();
        while (await reader.ReadAsync(cancel).ConfigureAwait(false))
            rows.Add(new Row(SiteRebuilder.Text(reader, 0), Instant.FromDateTime(reader.GetDateTime(1)), Instant.FromDateTime(reader.GetDateTime(2)), reader.GetInt64(3),
                [.. reader.GetFieldValue<string[]>(4).Distinct()]));
        return rows;
    }

    private async Task<Dictionary<Utf8Text, List<Left>>> LeftAsync(Row[] shared, CancellationToken cancel)
    {
        var left = new Dictionary<Utf8Text, List<Left>>();
        if (shared.Length == 0) return left;
        await using var command = DayScope.Command(connection, "EventsLeft", siteId, Array.ConvertAll(shared, row => Encoding.UTF8.GetString(row.Id.Bytes.Span)));
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        while (await reader.ReadAsync(cancel).ConfigureAwait(false))
        {
            var (id, at, user, type) = (SiteRebuilder.Text(reader, 0), Instant.FromDateTime(reader.GetDateTime(1)), SiteRebuilder.Text(reader, 2), SiteRebuilder.Text(reader, 4));
            var isCounted = reader.IsDBNull(5) && !EventTypes.IsUncounted(type.Bytes.Span);
            var value = new JournalEvent(at, user, id, SiteRebuilder.Text(reader, 3), default, 0, isCounted, type.Bytes.Span.SequenceEqual("page_view"u8));
            if (!left.TryGetValue(id, out var events)) left.Add(id, events = []);
            events.Add(new Left(at, Encoding.UTF8.GetString(user.Bytes.Span), value, reader.GetGuid(6)));
        }
        return left;
    }

    private async Task EraseVisitsAsync(EventKey[] keys, CancellationToken cancel)
    {
        await using var erase = DayScope.Command(connection, "EraseVisits", siteId, Array.ConvertAll(keys, key => key.ToGuid()));
        await erase.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }

    private async Task ReduceAsync(List<(Row Row, string User)> sessions, CancellationToken cancel)
    {
        if (sessions.Count == 0) return;
        var rows = sessions.ToArray();
        await using var command = new NpgsqlCommand(Sql.Get("ReduceSessions"), connection);
        var parameters = new ArrayParameters(command);
        parameters.Add(siteId);
        parameters.Add(Array.ConvertAll(rows, r => r.Row.Id.Bytes));
        parameters.Add(Array.ConvertAll(rows, r => Instant.ToDateTime(r.Row.StartedAt)));
        parameters.Add(Array.ConvertAll(rows, r => Instant.ToDateTime(r.Row.LastSeenAt)));
        parameters.Add(Array.ConvertAll(rows, r => r.Row.Events));
        parameters.Add(Array.ConvertAll(rows, r => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(r.User)));
        parameters.Add(Array.ConvertAll(rows, r => r.Row.Users.Length > 1 ? (ReadOnlyMemory<byte>?)JsonSerializer.SerializeToUtf8Bytes(r.Row.Users.Take(MostUsers)) : null));
        await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }
}
