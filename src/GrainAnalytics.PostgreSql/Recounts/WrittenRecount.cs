using GrainAnalytics.PostgreSql.Schema;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Recounts;

/// <summary>Recounts what writers keep in their own transactions: hours, users of the day, sessions. They write on meanwhile.</summary>
internal static class WrittenRecount
{
    // Writers stand still while a table is locked: the job tries again later rather than let them wait.
    private const string Patience = "set local lock_timeout = '2s'";

    /// <summary>Counters by hour and type.</summary>
    public static async Task<IReadOnlyList<Findings>> HoursAsync(NpgsqlConnection connection, DayScope scope, CancellationToken cancel) =>
        [await new Findings("event_hourly").ReadAsync(scope.OfDay(connection, "RecountHours", scope.Clock.TimeZoneId), cancel).ConfigureAwait(false)];

    /// <summary>The list of active users, and their number.</summary>
    public static async Task<IReadOnlyList<Findings>> UsersAsync(NpgsqlConnection connection, DayScope scope, CancellationToken cancel)
    {
        await ExecuteAsync(connection, "create temp table doubtful_users (user_id text collate \"C\" primary key) on commit drop", cancel).ConfigureAwait(false);
        var users = new Findings("user_days");
        await using (var doubt = scope.OfDay(connection, "DoubtUsers", scope.Day))
            if (await doubt.ExecuteNonQueryAsync(cancel).ConfigureAwait(false) > 0)
            {
                await ExecuteAsync(connection, Patience, cancel).ConfigureAwait(false);
                await ExecuteAsync(connection, "lock table user_days in share row exclusive mode", cancel).ConfigureAwait(false);
                await users.ReadAsync(scope.OfDay(connection, "RecountUserDays", scope.Day), cancel).ConfigureAwait(false);
            }
        return [users, await new Findings("daily_active_users").ReadAsync(DayScope.Command(connection, "RecountActiveUsers", scope.SiteId, scope.Day), cancel).ConfigureAwait(false)];
    }

    /// <summary>Sessions with an event on the day.</summary>
    public static async Task<IReadOnlyList<Findings>> SessionsAsync(NpgsqlConnection connection, DayScope scope, CancellationToken cancel)
    {
        await ExecuteAsync(connection, "create temp table doubtful_sessions (session_id text collate \"C\" primary key) on commit drop", cancel).ConfigureAwait(false);
        var sessions = new Findings("sessions");
        await using (var doubt = scope.OfDay(connection, "DoubtSessions", scope.From))
            if (await doubt.ExecuteNonQueryAsync(cancel).ConfigureAwait(false) == 0) return [];
        await using (var hold = DayScope.Command(connection, "HoldSessions", scope.SiteId)) await hold.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
        return [await sessions.ReadAsync(DayScope.Command(connection, "RecountSessions", scope.SiteId), cancel).ConfigureAwait(false)];
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string text, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(text, connection);
        await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }
}
