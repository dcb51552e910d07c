using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Rollups;
using GrainAnalytics.Core.Text;
using GrainAnalytics.PostgreSql.Schema;
using GrainAnalytics.PostgreSql.Writing;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Rollups;

/// <summary>Loads the states of users and sessions that a fold touches, and saves them. Only under the site's fold lock.</summary>
internal sealed class StateStore(FoldConnection connection, int siteId)
{
    public async Task LoadAsync(SiteFold fold, IReadOnlyList<JournalEvent> events, CancellationToken cancel)
    {
        await LoadUsersAsync(fold, [.. events.Select(e => e.UserId).Distinct()], cancel).ConfigureAwait(false);
        await LoadVisitsAsync(fold, [.. events.Where(e => e.IsCounted && e.HasSession).Select(e => e.Session).Distinct().Select(SiteFold.SessionKey)], cancel)
            .ConfigureAwait(false);
    }

    public async Task SaveAsync(SiteFold fold, CancellationToken cancel)
    {
        if (fold.Gone.Count > 0)
        {
            await using var command = connection.Command("DeleteUsers");
            var parameters = new ArrayParameters(command);
            parameters.Add(siteId);
            parameters.Add(fold.Gone.Select(user => user.Bytes).ToArray());
            await connection.ExecuteAsync(command, cancel).ConfigureAwait(false);
        }
        await SaveUsersAsync([.. fold.Users.Values.OrderBy(u => u.UserId)], cancel).ConfigureAwait(false);
        await SaveVisitsAsync([.. fold.Visits.OrderBy(v => v.Key.ToGuid())], cancel).ConfigureAwait(false);
    }

    /// <summary>Loads those users that are not loaded yet.</summary>
    public async Task LoadUsersAsync(SiteFold fold, Utf8Text[] users, CancellationToken cancel)
    {
        users = [.. users.Where(user => !fold.Users.ContainsKey(user) && !fold.Gone.Contains(user))];
        if (users.Length == 0) return;
        await using var command = connection.Command("ReadUsers");
        var parameters = new ArrayParameters(command);
        parameters.Add(siteId);
        parameters.Add(Array.ConvertAll(users, u => u.Bytes));
        await using var reader = await connection.ReadAsync(command, cancel).ConfigureAwait(false);
        while (await reader.ReadAsync(cancel).ConfigureAwait(false))
        {
            var user = new UserState(SiteRebuilder.Text(reader, 0), ActiveHours.Read(reader.GetFieldValue<byte[]>(5)))
            {
                FirstSeenAt = Instant.FromDateTime(reader.GetDateTime(1)),
                LastSeenAt = Instant.FromDateTime(reader.GetDateTime(2)),
                Events = reader.GetInt64(3),
                Sessions = reader.GetInt64(4),
            };
            fold.Users.Add(user.UserId, user);
        }
    }

    internal async Task LoadVisitsAsync(SiteFold fold, EventKey[] keys, CancellationToken cancel)
    {
        if (keys.Length == 0) return;
        await using var command = connection.Command("ReadVisits");
        var parameters = new ArrayParameters(command);
        parameters.Add(siteId);
        parameters.Add(Array.ConvertAll(keys, k => k.ToGuid()));
        await using var reader = await connection.ReadAsync(command, cancel).ConfigureAwait(false);
        while (await reader.ReadAsync(cancel).ConfigureAwait(false))
            fold.Visits.Add(EventKey.FromGuid(reader.GetGuid(0)), new VisitState
            {
                StartedAt = Instant.FromDateTime(reader.GetDateTime(1)),
                EndedAt = Instant.FromDateTime(reader.GetDateTime(2)),
                EntryAt = TimeAt(reader, 3),
                ExitAt = TimeAt(reader, 4),
                Events = reader.GetInt32(5),
                Views = reader.GetInt32(6),
                EntryPath = SiteRebuilder.Text(reader, 7),
                ExitPath = SiteRebuilder.Text(reader, 8),
            });
    }

    private async Task SaveUsersAsync(UserState[] users, CancellationToken cancel)
    {
        if (users.Length == 0) return;
        await using var command = connection.Command("WriteUsers");
        var parameters = new ArrayParameters(command);
        parameters.Add(siteId);
        parameters.Add(Array.ConvertAll(users, u => u.UserId.Bytes));
        parameters.Add(Array.ConvertAll(users, u => Instant.ToDateTime(u.FirstSeenAt)));
        parameters.Add(Array.ConvertAll(users, u => Instant.ToDateTime(u.LastSeenAt)));
        parameters.Add(Array.ConvertAll(users, u => u.Events));
        parameters.Add(Array.ConvertAll(users, u => u.Sessions));
        parameters.Add(Array.ConvertAll(users, u => u.Hours.ToBytes()));
        await connection.ExecuteAsync(command, cancel).ConfigureAwait(false);
    }

    internal async Task SaveVisitsAsync(KeyValuePair<EventKey, VisitState>[] visits, CancellationToken cancel)
    {
        if (visits.Length == 0) return;
        await using var command = connection.Command("WriteVisits");
        var parameters = new ArrayParameters(command);
        parameters.Add(siteId);
        parameters.Add(Array.ConvertAll(visits, v => v.Key.ToGuid()));
        parameters.Add(Array.ConvertAll(visits, v => Instant.ToDateTime(v.Value.StartedAt)));
        parameters.Add(Array.ConvertAll(visits, v => Instant.ToDateTime(v.Value.EndedAt)));
        parameters.Add(Array.ConvertAll(visits, v => TimeOf(v.Value, v.Value.EntryAt)));
        parameters.Add(Array.ConvertAll(visits, v => TimeOf(v.Value, v.Value.ExitAt)));
        parameters.Add(Array.ConvertAll(visits, v => v.Value.Events));
        parameters.Add(Array.ConvertAll(visits, v => v.Value.Views));
        parameters.Add(Array.ConvertAll(visits, v => v.Value.EntryPath.Bytes.IsEmpty ? (ReadOnlyMemory<byte>?)null : v.Value.EntryPath.Bytes));
        parameters.Add(Array.ConvertAll(visits, v => v.Value.ExitPath == v.Value.EntryPath ? (ReadOnlyMemory<byte>?)null : v.Value.ExitPath.Bytes));
        await connection.ExecuteAsync(command, cancel).ConfigureAwait(false);
    }

    private static DateTime? TimeOf(VisitState visit, long at) => visit.EntryPath.Bytes.IsEmpty ? null : Instant.ToDateTime(at);

    private static long TimeAt(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? 0 : Instant.FromDateTime(row.GetDateTime(column));
}
