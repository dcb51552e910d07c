using System.Text;
using GrainAnalytics.Core.Rollups;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.PostgreSql.Recounts;
using GrainAnalytics.PostgreSql.Rollups;
using GrainAnalytics.PostgreSql.Schema;
using GrainAnalytics.PostgreSql.Writing;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Zones;

/// <summary>The steps of a change of a time zone, in its transaction, which has the site's locks of repairs and folds.</summary>
internal sealed class RezoneRun(NpgsqlConnection connection, int siteId, SiteClock old, SiteClock clock, long? keptFrom)
{
    private const int Rows = 10_000, LateRows = 50, HoursAtOnce = 1000, FewHours = 3;

    private readonly long _from = keptFrom ?? long.MinValue;

    // Of both clocks: a day starts at the instant.
    private readonly DateOnly _firstDay = keptFrom is { } from ? old.DayOf(from) : DateOnly.MinValue;

    private Dictionary<long, Utf8Text> _contexts = [];

    /// <summary>Takes in what the journal has, and begins to read the events at the same moment: what is written later will be in the journal.</summary>
    public async Task BeginAsync(CancellationToken cancel)
    {
        await ExecuteAsync("MakeRezone", cancel).ConfigureAwait(false);
        await WriterGate.WaitAsync(connection, "HoldWriters", siteId, cancel).ConfigureAwait(false);
        while (await SiteFolder.FoldOnceAsync(connection, siteId, old, cancel).ConfigureAwait(false) > 0) { }
        await ExecuteAsync("ReadToTheEnd", cancel).ConfigureAwait(false);
        await ExecuteAsync("RawEventsFrom", cancel, siteId, PostgresEventStore.Time(_from)).ConfigureAwait(false);
        await ExecuteAsync("RawPeopleFrom", cancel, siteId, PostgresEventStore.Time(_from)).ConfigureAwait(false);
        await ExecuteAsync("LetWrite", cancel, siteId).ConfigureAwait(false);
        _contexts = await SiteRebuilder.ContextsAsync(connection, siteId, cancel).ConfigureAwait(false);
        await ExecuteAsync("KeepUsers", cancel, siteId).ConfigureAwait(false);
        var month = Period.Month.StartOf(Period.Month.IndexOf(_firstDay));
        await ExecuteAsync("ForgetDays", cancel, siteId, PostgresEventStore.Time(_from), _firstDay, month == _firstDay ? month : month.AddMonths(1)).ConfigureAwait(false);
        if (month != _firstDay) await CutMonthAsync(month, cancel).ConfigureAwait(false);
    }

    /// <summary>Counts users and sessions by the new days.</summary>
    public async Task CountUsersAndVisitsAsync(CancellationToken cancel)
    {
        await ForEachAsync(Command("UserHours", siteId), "people", Rows, async rows =>
        {
            var fold = NewFold();
            var hours = rows.ConvertAll(row => fold.AddUser(ActiveHours.Read((byte[])row[1])).ToBytes());
            await ExecuteAsync("SetHours", cancel, siteId, rows.Select(row => (string)row[0]).ToArray(), hours.ToArray()).ConfigureAwait(false);
            await SaveAsync(fold.Changes, cancel).ConfigureAwait(false);
        }, cancel).ConfigureAwait(false);
        await ForEachAsync(Command("VisitsFrom", siteId, PostgresEventStore.Time(_from)), "visits_from", Rows, async rows =>
        {
            var fold = NewFold();
            foreach (var row in rows)
                fold.AddVisit(new VisitState
                {
                    StartedAt = Instant.FromDateTime((DateTime)row[0]), EndedAt = Instant.FromDateTime((DateTime)row[1]), Events = (int)row[2], Views = (int)row[3],
                    EntryPath = TextOf(row[4]), ExitPath = TextOf(row[5]),
                });
            await SaveAsync(fold.Changes, cancel).ConfigureAwait(false);
        }, cancel).ConfigureAwait(false);
    }

    /// <summary>Counts the raw events by the new days and hours: once in the order of time, for what is kept by day, and once user by user, as a rebuild does.</summary>
    /// <returns>How many.</returns>
    public async Task<long> CountEventsAsync(Action<long>? progress, CancellationToken cancel)
    {
        var (values, links) = (new SiteFold(clock), new LinkStore(connection, siteId));
        var all = 0L;
        for (var isMore = true; isMore; progress?.Invoke(all / 2))
        {
            var types = new List<Utf8Text>(SiteRebuilder.Chunk);
            var events = await SiteRebuilder.NextAsync(connection, _contexts, cancel, types).ConfigureAwait(false);
            isMore = events.Count == SiteRebuilder.Chunk;
            all += events.Count;
            var fold = NewFold();
            for (var i = 0; i < events.Count; i++) fold.AddEvent(events[i], types[i]);
            await AddMovedAsync(fold, cancel).ConfigureAwait(false);
            await ExecuteAsync("AddDays", cancel, fold.Days.Select(d => d.Day).ToArray(), fold.Days.Select(d => TextOf(d.User)).ToArray()).ConfigureAwait(false);
            values.AddValues(await links.ResolveAsync(events, cancel).ConfigureAwait(false));
            if (!isMore || values.Changes.Values.Count > SiteRebuilder.MostValues) await SaveAsync(values.TakeChanges(), cancel).ConfigureAwait(false);
        }
        var done = 0L;
        for (var isMore = true; isMore; progress?.Invoke((all + done) / 2))
        {
            var events = await SiteRebuilder.NextAsync(connection, [], cancel, cursor: "raw_people").ConfigureAwait(false);
            isMore = events.Count == SiteRebuilder.Chunk;
            done += events.Count;
            await CountUsersAsync(await links.ResolveAsync(events, cancel).ConfigureAwait(false), cancel).ConfigureAwait(false);
        }
        await ExecuteAsync("RestoreUsers", cancel, siteId).ConfigureAwait(false);
        return all;
    }

    /// <summary>Moves what writers count, with what they wrote meanwhile, and sets the zone. From then on they wait for the transaction's end.</summary>
    public async Task EndAsync(CancellationToken cancel)
    {
        await ExecuteAsync("MoveAllHours", cancel, siteId).ConfigureAwait(false);
        await using (var analyze = new NpgsqlCommand("analyze rezone_days; analyze rezone_hours", connection)) await analyze.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
        await ExecuteAsync("CompareDays", cancel, siteId, _firstDay).ConfigureAwait(false);
        // While writers write on, and as long as it leaves less for when they wait.
        for (int before = int.MaxValue, hours; (hours = await TakeLateAsync(cancel).ConfigureAwait(false)) > FewHours && hours < before / 2; before = hours) { }
        await WriterGate.WaitAsync(connection, "LockWriters", siteId, cancel).ConfigureAwait(false);
        await TakeLateAsync(cancel).ConfigureAwait(false);
        await ExecuteAsync("MoveDays", cancel, siteId).ConfigureAwait(false);
        await ExecuteAsync("ForgetAllBlocks", cancel, siteId).ConfigureAwait(false);
        await ExecuteAsync("SetZone", cancel, siteId, clock.Zones).ConfigureAwait(false);
    }

    private RezoneFold NewFold() => new(old, clock, _from);

    // Sessions are what they were, and are counted already: the cursor leaves them out.
    private async Task CountUsersAsync(IReadOnlyList<JournalEvent> events, CancellationToken cancel)
    {
        var (fold, states) = (new SiteFold(clock), new StateStore(connection, siteId));
        await states.LoadAsync(fold, events, cancel).ConfigureAwait(false);
        fold.AddPeople(events);
        await states.SaveAsync(fold, cancel).ConfigureAwait(false);
        await SaveAsync(fold.Changes, cancel).ConfigureAwait(false);
    }

    private Task SaveAsync(RollupChanges changes, CancellationToken cancel) => new ChangeStore(connection, siteId).SaveAsync(changes, cancel);

    // Takes in what was written since the last time.
    private async Task<int> TakeLateAsync(CancellationToken cancel)
    {
        var moved = new HashSet<long>();
        await ForEachAsync(Command("LateJournal", siteId), "late", LateRows, async rows =>
        {
            var days = new HashSet<(DateOnly Old, DateOnly New, Utf8Text User)>();
            foreach (var row in rows)
                foreach (var value in JournalReader.Read((byte[])row[1]))
                {
                    if (!value.IsCounted || value.OccurredAt < _from) continue;
                    days.Add((old.DayOf(value.OccurredAt), clock.DayOf(value.OccurredAt), value.UserId));
                    var hour = old.HourStart(value.OccurredAt);
                    if (hour != clock.HourStart(value.OccurredAt)) moved.Add(hour);
                }
            await ExecuteAsync("LateDays", cancel, days.Select(d => d.Old).ToArray(), days.Select(d => d.New).ToArray(), days.Select(d => TextOf(d.User)).ToArray()).ConfigureAwait(false);
            await ExecuteAsync("NoteJournal", cancel, rows.Select(row => (long)row[0]).ToArray()).ConfigureAwait(false);
        }, cancel).ConfigureAwait(false);
        foreach (var hours in moved.Order().Chunk(HoursAtOnce)) await MoveLateAsync(hours, cancel).ConfigureAwait(false);
        return moved.Count;
    }

    // The journal does not say of which type an event was: its hour is counted again, and what is more than was moved of it moves, too.
    private async Task MoveLateAsync(long[] hours, CancellationToken cancel)
    {
        var times = Array.ConvertAll(hours, Instant.ToDateTime);
        var counts = new Dictionary<(long Old, long New, string Type), long>();
        await using (var command = Command("SecondsOfHours", siteId, times))
        await using (var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false))
            while (await reader.ReadAsync(cancel).ConfigureAwait(false))
            {
                var (hour, second) = (Instant.FromDateTime(reader.GetDateTime(0)), Instant.FromDateTime(reader.GetDateTime(1)));
                if (old.HourStart(second) == hour && clock.HourStart(second) is var now && now != hour) Add(hour, now, reader.GetString(2), reader.GetInt64(3));
            }
        await using (var command = Command("MovedOfHours", times))
        await using (var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false))
            while (await reader.ReadAsync(cancel).ConfigureAwait(false))
                Add(Instant.FromDateTime(reader.GetDateTime(0)), Instant.FromDateTime(reader.GetDateTime(1)), reader.GetString(2), -reader.GetInt64(3));
        var late = counts.Where(count => count.Value != 0).ToArray();
        object[] moves = [Array.ConvertAll(late, count => Instant.ToDateTime(count.Key.Old)), Array.ConvertAll(late, count => Instant.ToDateTime(count.Key.New)),
            Array.ConvertAll(late, count => count.Key.Type), Array.ConvertAll(late, count => count.Value)];
        await ExecuteAsync("MoveHours", cancel, [siteId, .. moves]).ConfigureAwait(false);
        await ExecuteAsync("AddMoved", cancel, moves).ConfigureAwait(false);

        void Add(long from, long to, string type, long events) => counts[(from, to, type)] = counts.GetValueOrDefault((from, to, type)) + events;
    }

    private Task AddMovedAsync(RezoneFold fold, CancellationToken cancel)
    {
        var moved = fold.Moved.ToArray();
        return ExecuteAsync("AddMoved", cancel, Array.ConvertAll(moved, m => Instant.ToDateTime(m.Key.Before)), Array.ConvertAll(moved, m => Instant.ToDateTime(m.Key.Hour)),
            Array.ConvertAll(moved, m => TextOf(m.Key.Type)), Array.ConvertAll(moved, m => m.Value));
    }

    // The month's days before the first one stay.
    private Task CutMonthAsync(DateOnly month, CancellationToken cancel) => ForEachAsync(Command("ValuesOfMonth", siteId, month), "months", Rows, async rows =>
    {
        var counts = rows.ConvertAll(row => MonthCounts.Read((byte[])row[2], ((Dimension)(short)row[0]).Width()));
        foreach (var count in counts) count.Cut(_firstDay.Day);
        await using var command = new NpgsqlCommand(Sql.Get("WriteValues"), connection);
        var parameters = new ArrayParameters(command);
        parameters.Add(siteId);
        parameters.Add(rows.Select(row => (short)row[0]).ToArray());
        parameters.Add(rows.Select(_ => month).ToArray());
        parameters.Add(rows.Select(row => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes((string)row[1])).ToArray());
        parameters.Add(counts.Select(count => count.ToBytes()).ToArray());
        await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }, cancel);

    private async Task ForEachAsync(NpgsqlCommand declare, string cursor, int rows, Func<List<object[]>, Task> use, CancellationToken cancel) =>
        await FoldedRecount.ForEachAsync(connection, declare, cursor, use, cancel, rows).ConfigureAwait(false);

    private NpgsqlCommand Command(string query, params ReadOnlySpan<object> values) => DayScope.Command(connection, query, values);

    private async Task ExecuteAsync(string query, CancellationToken cancel, params object[] values)
    {
        await using var command = Command(query, values);
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }

    private static Utf8Text TextOf(object value) => value is string text ? new Utf8Text(Encoding.UTF8.GetBytes(text)) : default;

    private static string TextOf(Utf8Text text) => Encoding.UTF8.GetString(text.Bytes.Span);
}
