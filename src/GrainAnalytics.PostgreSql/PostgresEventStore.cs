using GrainAnalytics.Core.Counters;
using GrainAnalytics.Core.DeadLetters;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Journeys;
using GrainAnalytics.Core.Live;
using GrainAnalytics.Core.Sessions;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.PostgreSql.Live;
using GrainAnalytics.PostgreSql.Schema;
using GrainAnalytics.PostgreSql.Writing;
using Npgsql;
using NpgsqlTypes;

namespace GrainAnalytics.PostgreSql;

/// <summary>The system of record in PostgreSQL.</summary>
/// <param name="database">The data source.</param>
/// <param name="firstShard">Number of this process's first writer among those of all processes.</param>
/// <param name="zoneChanged">Is told of a site whose time zone is another one than that of events to be written.</param>
/// <param name="journeys">Reads the newest events of a user; null: the data source does.</param>
public sealed class PostgresEventStore(NpgsqlDataSource database, int firstShard = 0, Action<int>? zoneChanged = null, JourneyDatabase? journeys = null) : IEventStore
{
    // What the database says may repeat the value that it does not like.
    private const int MaxDetail = 1000;

    // Events of a user that are read without asking first which are the newest.
    private const long Few = 1000;

    private readonly KnownContexts _contexts = new();
    private readonly SiteZones _zones = new(database, zoneChanged);

    /// <inheritdoc/>
    public IEventWriter OpenWriter(int shard) => new EventWriter(database, checked((short)(firstShard + shard)), _contexts, _zones);

    /// <inheritdoc/>
    public Task SetAsideAsync(DeadLetter letter, CancellationToken cancel) => StoreErrors.GuardAsync(async () =>
    {
        await using var command = new PreparedCommand(database, "SetAside");
        command.Parameters.Add(new() { Value = letter.SiteId });
        command.Parameters.Add(new() { Value = letter.Event.Key.ToGuid() });
        command.Parameters.Add(new() { Value = letter.Reason });
        command.Parameters.Add(new() { Value = Shorten(letter.Detail) });
        command.Parameters.Add(new() { Value = letter.Event.Block.ToArray() });
        command.Parameters.Add(new() { Value = LetterDigest.Of(letter.Event).ToGuid() });
        command.Parameters.Add(Time(letter.Event.ReceivedAt));
        return await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }, cancel);

    /// <inheritdoc/>
    public Task<IReadOnlyList<EncodedEvent>> ReadJourneyAsync(Site site, JourneyQuery query, int limit, CancellationToken cancel) =>
        StoreErrors.GuardAsync<IReadOnlyList<EncodedEvent>>(async () =>
        {
            var to = query.Before is { } before ? Math.Min(query.To, before.OccurredAt) : query.To;
            // Only events at the cursor's own instant are told apart by id; an earlier "to" lies behind all of them.
            var idBelow = query.Before is { } cursor && cursor.OccurredAt == to ? cursor.EventId : null;
            if (journeys is not null && query.Type is null && idBelow is null)
            {
                try
                {
                    return await ReadNewestAsync(journeys.Source, site, query, to, limit, cancel).ConfigureAwait(false);
                }
                // Nobody else uses these connections: if the database was away, who reads first finds out that they are broken.
                catch (NpgsqlException e) when (StoreErrors.IsBroken(e)) { journeys.Source.Clear(); }
            }
            return await ReadAsync(new PreparedCommand(database, "ReadJourney"), site, query.UserId, query.From, to, cancel, Text(query.Type), Text(idBelow), new() { Value = (long)limit }).ConfigureAwait(false);
        }, cancel);

    private async Task<IReadOnlyList<EncodedEvent>> ReadNewestAsync(NpgsqlDataSource source, Site site, JourneyQuery query, long to, int limit, CancellationToken cancel)
    {
        // Of most users everything is read, in any order, and by one statement.
        var few = await ReadAsync(new PreparedCommand(source, "JourneyOfFew"), site, query.UserId, query.From, to, cancel, new() { Value = (long)limit }, new() { Value = Few }).ConfigureAwait(false);
        if (few.Count > 0) return few;
        // Else the index alone says from when on they are, so that the table need not be read in its order either.
        if (await OldestAsync(site, query, to, limit, cancel).ConfigureAwait(false) is not { } oldest) return [];
        return await ReadAsync(new PreparedCommand(source, "ReadJourney"), site, query.UserId, oldest, to, cancel, Text(null), Text(null), new() { Value = (long)limit }).ConfigureAwait(false);
    }

    private static async Task<List<EncodedEvent>> ReadAsync(PreparedCommand command, Site site, string userId, long from, long to, CancellationToken cancel, params NpgsqlParameter[] more)
    {
        await using var _ = command;
        command.Parameters.Add(new() { Value = site.Id });
        command.Parameters.Add(new() { Value = userId });
        command.Parameters.Add(Time(from));
        command.Parameters.Add(Time(to));
        foreach (var parameter in more) command.Parameters.Add(parameter);
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        var events = new List<EncodedEvent>();
        while (await reader.ReadAsync(cancel).ConfigureAwait(false)) events.Add(EventReader.Read(reader, 0));
        return events;
    }

    private async Task<long?> OldestAsync(Site site, JourneyQuery query, long to, int limit, CancellationToken cancel)
    {
        await using var command = new PreparedCommand(database, "OldestOfJourney");
        command.Parameters.Add(new() { Value = site.Id });
        command.Parameters.Add(new() { Value = query.UserId });
        command.Parameters.Add(Time(query.From));
        command.Parameters.Add(Time(to));
        command.Parameters.Add(new() { Value = (long)limit });
        return await command.ExecuteScalarAsync(cancel).ConfigureAwait(false) is DateTime at ? Instant.FromDateTime(at) : null;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> ReadAliasesAsync(Site site, string userId, CancellationToken cancel) =>
        StoreErrors.GuardAsync<IReadOnlyList<string>>(async () =>
        {
            await using var command = new PreparedCommand(database, "ReadAliases");
            command.Parameters.Add(new() { Value = site.Id });
            command.Parameters.Add(new() { Value = userId });
            command.Parameters.Add(new() { Value = (long)JourneyPage.MostAliases });
            await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
            var aliases = new List<string>();
            while (await reader.ReadAsync(cancel).ConfigureAwait(false)) aliases.Add(reader.GetString(0));
            return aliases;
        }, cancel);

    /// <inheritdoc/>
    public Task<SessionView?> ReadSessionAsync(Site site, string sessionId, int limit, CancellationToken cancel) =>
        StoreErrors.GuardAsync(async () =>
        {
            await using var command = new PreparedCommand(database, "ReadSession");
            command.Parameters.Add(new() { Value = site.Id });
            command.Parameters.Add(new() { Value = sessionId });
            command.Parameters.Add(new() { Value = (long)limit });
            await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
            SessionView? view = null;
            var events = new List<EncodedEvent>();
            while (await reader.ReadAsync(cancel).ConfigureAwait(false))
            {
                view ??= new SessionView(sessionId, reader.GetString(3), Instant.FromDateTime(reader.GetDateTime(0)),
                    Instant.FromDateTime(reader.GetDateTime(1)), reader.GetInt64(2), events);
                if (!reader.IsDBNull(4)) events.Add(EventReader.Read(reader, 4));
            }
            return events.Count > 0 ? view! with { UserId = events[0].UserIdText } : view;
        }, cancel);

    /// <inheritdoc/>
    public Task<IReadOnlyList<CounterUpdate>> ReadDayAsync(Site site, DateOnly day, CancellationToken cancel) =>
        StoreErrors.GuardAsync<IReadOnlyList<CounterUpdate>>(async () =>
        {
            await using var command = new PreparedCommand(database, "ReadDay");
            command.Parameters.Add(new() { Value = site.Id });
            command.Parameters.Add(Time(site.Clock.DayStart(day)));
            command.Parameters.Add(Time(site.Clock.DayStart(day.AddDays(1))));
            command.Parameters.Add(new() { Value = day });
            await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
            var counters = new List<CounterUpdate>();
            while (await reader.ReadAsync(cancel).ConfigureAwait(false))
            {
                var isUsers = reader.IsDBNull(0);
                counters.Add(new CounterUpdate(site.Id, day, isUsers ? 0 : Instant.FromDateTime(reader.GetDateTime(0)),
                    isUsers ? "" : reader.GetString(1), reader.GetInt16(2), reader.GetInt64(3), reader.GetInt64(4)));
            }
            return counters;
        }, cancel);

    /// <inheritdoc/>
    public Task<RecentActivity> ReadActivityAsync(Site site, long since, int limit, CancellationToken cancel) =>
        StoreErrors.GuardAsync(() => ActivityReader.ReadAsync(database, site.Id, since, limit, cancel), cancel);

    internal static NpgsqlParameter Time(long microseconds) => new()
    {
        NpgsqlDbType = NpgsqlDbType.TimestampTz,
        // Beyond DateTime's range Npgsql's own markers stand for PostgreSQL's -infinity and infinity.
        Value = microseconds <= Instant.FromDateTime(DateTime.MinValue) ? DateTime.MinValue
            : microseconds >= Instant.FromDateTime(DateTime.MaxValue) ? DateTime.MaxValue
            : Instant.ToDateTime(microseconds),
    };

    private static string Shorten(string detail) =>
        detail.Length <= MaxDetail ? detail : detail[..(char.IsHighSurrogate(detail[MaxDetail - 1]) ? MaxDetail - 1 : MaxDetail)];

    internal static NpgsqlParameter Text(string? value) => new() { NpgsqlDbType = NpgsqlDbType.Text, Value = (object?)value ?? DBNull.Value };
}
