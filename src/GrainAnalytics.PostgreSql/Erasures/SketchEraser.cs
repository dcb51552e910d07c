using GrainAnalytics.Core.Rollups;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.PostgreSql.Recounts;
using GrainAnalytics.PostgreSql.Rollups;
using GrainAnalytics.PostgreSql.Schema;
using GrainAnalytics.PostgreSql.Writing;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Erasures;

/// <summary>Takes a person out of the numbers of different users of values. Exact ones lose the person; of estimates those that may be another one without the
/// person are made again from the events of their day, as long as that is quick.</summary>
internal sealed class SketchEraser(NpgsqlConnection connection, int siteId, SiteClock clock)
{
    private const int Piece = 10_000;

    // Half a second or so, in which writers stand still. What is not made again has the standard error that it had.
    private const long MostEvents = 100_000;

    public async Task EraseAsync(ErasureFold fold, ulong[] users, CancellationToken cancel)
    {
        var again = new HashSet<(Dimension Dimension, Utf8Text Value, DateOnly Day)>();
        foreach (var piece in fold.ValueDays.Order().Chunk(Piece))
        {
            var (written, removed) = (new List<int>(), new List<int>());
            var sketches = new UserSketch?[piece.Length];
            await using (var command = Command("ReadSketches", piece))
            await using (var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false))
                while (await reader.ReadAsync(cancel).ConfigureAwait(false))
                {
                    var place = (int)reader.GetInt64(0) - 1;
                    var sketch = sketches[place] = UserSketch.Read(reader.GetFieldValue<byte[]>(1));
                    if (users.Aggregate(false, (any, user) => sketch.Remove(user) | any)) (sketch.Count == 0 ? removed : written).Add(place);
                    else if (Array.Exists(users, sketch.MayNeed)) again.Add(piece[place]);
                }
            await WriteAsync([.. written.Select(place => (piece[place], sketches[place]!))], [.. removed.Select(place => piece[place])], cancel).ConfigureAwait(false);
        }
        if (again.Count > 0) await MakeAgainAsync(again, cancel).ConfigureAwait(false);
    }

    private async Task MakeAgainAsync(HashSet<(Dimension Dimension, Utf8Text Value, DateOnly Day)> values, CancellationToken cancel)
    {
        var days = values.Select(value => value.Day).Distinct().Order().ToArray();
        var (starts, ends) = (Array.ConvertAll(days, day => Instant.ToDateTime(clock.DayStart(day))), Array.ConvertAll(days, day => Instant.ToDateTime(clock.DayStart(day.AddDays(1)))));
        await using (var count = DayScope.Command(connection, "EventsOfTimes", siteId, starts, ends))
            if ((long)(await count.ExecuteScalarAsync(cancel).ConfigureAwait(false))! > MostEvents) return;
        var contexts = await SiteRebuilder.ContextsAsync(connection, siteId, cancel).ConfigureAwait(false);
        var links = new LinkStore(connection, siteId);
        for (var i = 0; i < days.Length; i++)
        {
            var fold = new SiteFold(clock);
            await using (var open = DayScope.Command(connection, "EventsOfDay", siteId, starts[i], ends[i])) await open.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
            for (var isMore = true; isMore;)
            {
                var events = await SiteRebuilder.NextAsync(connection, contexts, cancel).ConfigureAwait(false);
                isMore = events.Count == SiteRebuilder.Chunk;
                fold.AddValues(await links.ResolveAsync(events, cancel).ConfigureAwait(false));
            }
            await using (var close = new NpgsqlCommand("close raw", connection)) await close.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
            var (written, removed) = (new List<((Dimension, Utf8Text, DateOnly), UserSketch)>(), new List<(Dimension, Utf8Text, DateOnly)>());
            foreach (var value in values.Where(value => value.Day == days[i]).Order())
            {
                if (fold.Changes.ValueUsers.TryGetValue(value, out var left)) written.Add((value, left));
                else removed.Add(value);
            }
            await WriteAsync([.. written], [.. removed], cancel).ConfigureAwait(false);
        }
    }

    private async Task WriteAsync(((Dimension, Utf8Text, DateOnly) Key, UserSketch Sketch)[] written, (Dimension, Utf8Text, DateOnly)[] removed, CancellationToken cancel)
    {
        if (written.Length > 0)
        {
            await using var write = Command("WriteSketches", Array.ConvertAll(written, w => w.Key), p => p.Add(Array.ConvertAll(written, w => w.Sketch.ToBytes())));
            await write.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
        }
        if (removed.Length == 0) return;
        await using var erase = Command("EraseSketches", removed);
        await erase.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }

    private NpgsqlCommand Command(string query, (Dimension Dimension, Utf8Text Value, DateOnly Day)[] keys, Action<ArrayParameters>? more = null)
    {
        var command = new NpgsqlCommand(Sql.Get(query), connection);
        var parameters = new ArrayParameters(command);
        parameters.Add(siteId);
        parameters.Add(Array.ConvertAll(keys, k => (short)k.Dimension));
        parameters.Add(Array.ConvertAll(keys, k => k.Day));
        parameters.Add(Array.ConvertAll(keys, k => k.Value.Bytes));
        more?.Invoke(parameters);
        return command;
    }
}
