using System.Diagnostics;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Live;
using GrainAnalytics.Core.Text;
using GrainAnalytics.PostgreSql.Schema;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Live;

/// <summary>Reads what happened at a site in the last minutes.</summary>
internal static class ActivityReader
{
    // No index finds one site's latest events, so the time that is searched grows by steps. A quiet site on a busy server
    // is only searched as far back as a step is quick: one that took longer is the last.
    private static readonly TimeSpan[] Steps = [TimeSpan.Zero, TimeSpan.FromHours(1), TimeSpan.FromHours(12), TimeSpan.FromDays(6), TimeSpan.FromDays(60)];
    private static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(50);

    public static async Task<RecentActivity> ReadAsync(NpgsqlDataSource database, int siteId, long since, int limit, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancel).ConfigureAwait(false);
        await using (var plan = new NpgsqlCommand(Sql.Get("PlanByValues"), connection)) await plan.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
        var users = await UsersAsync(connection, siteId, since, cancel).ConfigureAwait(false);
        IReadOnlyList<EncodedEvent> latest = [];
        foreach (var further in Steps)
        {
            var started = Stopwatch.GetTimestamp();
            latest = await LatestAsync(connection, siteId, since - (long)further.TotalMicroseconds, limit, cancel).ConfigureAwait(false);
            if (latest.Count == limit || Stopwatch.GetElapsedTime(started) > Quick) break;
        }
        await transaction.CommitAsync(cancel).ConfigureAwait(false);
        return new RecentActivity(latest, users);
    }

    private static async Task<IReadOnlyList<SeenUser>> UsersAsync(NpgsqlConnection connection, int siteId, long since, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(Sql.Get("RecentUsers"), connection);
        command.Parameters.Add(new() { Value = siteId });
        command.Parameters.Add(PostgresEventStore.Time(since));
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        var users = new List<SeenUser>();
        while (await reader.ReadAsync(cancel).ConfigureAwait(false))
            users.Add(new SeenUser(UserHash.Of(reader.GetFieldValue<byte[]>(0)), Instant.FromDateTime(reader.GetDateTime(1))));
        return users;
    }

    private static async Task<IReadOnlyList<EncodedEvent>> LatestAsync(NpgsqlConnection connection, int siteId, long since, int limit, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(Sql.Get("LatestEvents"), connection);
        command.Parameters.Add(new() { Value = siteId });
        command.Parameters.Add(PostgresEventStore.Time(since));
        command.Parameters.Add(new() { Value = (long)limit });
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        var events = new List<EncodedEvent>();
        while (await reader.ReadAsync(cancel).ConfigureAwait(false)) events.Add(EventReader.Read(reader, 0));
        return events;
    }
}
