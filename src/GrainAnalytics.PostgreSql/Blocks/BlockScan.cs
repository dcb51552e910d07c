using System.Buffers;
using System.Data;
using GrainAnalytics.Core.Blocks;
using GrainAnalytics.Core.Filters;
using GrainAnalytics.Core.Queries;
using GrainAnalytics.Core.Text;
using GrainAnalytics.PostgreSql.Recounts;
using GrainAnalytics.PostgreSql.Schema;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Blocks;

/// <summary>A question as blocks can answer it.</summary>
/// <param name="Range">Which events.</param>
/// <param name="Names">Numbers of types, paths and contexts.</param>
/// <param name="Tally">Counts.</param>
/// <param name="ContextColumns">What it wants to know of contexts.</param>
internal sealed record BlockQuestion(StatsRange Range, ScanNames Names, EventTally Tally, IReadOnlyCollection<FilterColumn> ContextColumns);

/// <summary>Shows a tally the events of a range: those of closed days from their blocks, others from raw events, in one snapshot.</summary>
/// <param name="keeper">Is told which blocks are missing; null: nobody.</param>
/// <param name="time">Says which days are closed.</param>
internal sealed class BlockScan(BlockKeeper? keeper, TimeProvider time)
{
    // To read a raw event in order costs two or three times as much as to have the database count it, and so much that blocks save it on others: few are read whatever
    // else there is, more only if they are less than two in five of all, and never so many that they would not fit into memory.
    private const long FewRaw = 200_000, MostRaw = 2_000_000, RawOfAll = 5, RawOfRaw = 2;

    // Raw events of a day come behind its blocks.
    private const int BehindBlocks = 1 << 28;

    // Entries of people whose events of a day are others than in its blocks: with more the blocks are built again, with many more they are not read any more. Each is a walk through an index.
    private const int FewStale = 500, EventsOfStale = 200;

    /// <summary>Reads.</summary>
    /// <returns>False when blocks cannot answer: too many are missing, or there would be too much to hold.</returns>
    public async Task<bool> ReadAsync(NpgsqlConnection connection, BlockQuestion question, CancellationToken cancel)
    {
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancel).ConfigureAwait(false);
        var plan = await PlanAsync(connection, question.Range, cancel).ConfigureAwait(false);
        if (plan.Missing.Count > 0) keeper?.Want(question.Range.Site, plan.Missing);
        // Counters stay when retention removes events.
        var from = plan.KeptFrom ?? long.MinValue;
        var counts = await EventEstimate.ReadAsync(connection, question.Range.Site.Id, [.. plan.Raw.Select(span => (Math.Max(span.Start, from), Math.Max(span.End, from)))], time.NowMicroseconds(), cancel).ConfigureAwait(false);
        var expected = counts.Sum();
        if (plan.Today is { } today && BlockBuilder.IsFarBehind(counts[today.Span], today.Events)) keeper?.Want(question.Range.Site, [today.Day]);
        if (expected > MostRaw || expected > FewRaw && expected * RawOfAll > (expected + plan.Events) * RawOfRaw) return false;
        if (plan.Blocks.Count > 0 && question.Names.Members.Count > 0 && await LackAsync(connection, question, plan, cancel).ConfigureAwait(false)) return false;
        if (question.ContextColumns.Count > 0) await DescribeAsync(connection, question, cancel).ConfigureAwait(false);
        var made = new List<(long Order, PackedBlock Block)>();
        var raw = 0L;
        foreach (var (day, start, end) in plan.Raw)
        {
            if (await SpanReader.ReadAllAsync(connection, question.Range.Site.Id, start, end, question.Names.Members, MostRaw - raw, cancel).ConfigureAwait(false) is not { } blocks) return false;
            for (var part = 0; part < blocks.Count; raw += blocks[part++].Events) made.Add((Order(day, BehindBlocks + part), blocks[part]));
        }
        var stale = new Dictionary<DateOnly, HashSet<long>>();
        if (plan.Stale.Count > 0)
        {
            stale = await StaleReader.PersonsAsync(connection, question.Range.Site.Id, plan.Stale.Select(span => span.Day), cancel).ConfigureAwait(false);
            foreach (var (day, start, end) in plan.Stale)
            {
                if (await StaleReader.EventsAsync(connection, question.Range.Site.Id, day, start, end, question.Names.Members, MostRaw - raw, cancel).ConfigureAwait(false) is not { } blocks)
                {
                    // Few people, and very busy ones.
                    keeper?.Want(question.Range.Site, [day]);
                    return false;
                }
                for (var part = 0; part < blocks.Count; raw += blocks[part++].Events) made.Add((Order(day, part), blocks[part]));
            }
        }
        made.Sort((a, b) => (a.Block.FirstPerson, a.Order).CompareTo((b.Block.FirstPerson, b.Order)));
        return await WalkAsync(connection, question, plan.Blocks, made, stale, cancel).ConfigureAwait(false);
    }

    private async Task<Plan> PlanAsync(NpgsqlConnection connection, StatsRange range, CancellationToken cancel)
    {
        var (clock, now) = (range.Site.Clock, time.NowMicroseconds());
        var known = new Dictionary<DateOnly, (long Start, long End, long Events, long Stale)>();
        long? keptFrom = null;
        await using (var command = DayScope.Command(connection, "BlockDays", range.Site.Id, range.From, range.To, (short)BlockWriter.Version))
        await using (var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false))
            while (await reader.ReadAsync(cancel).ConfigureAwait(false))
            {
                if (!reader.IsDBNull(3)) keptFrom = Instant.FromDateTime(reader.GetDateTime(3));
                if (!reader.IsDBNull(0)) known.Add(reader.GetFieldValue<DateOnly>(0), (Instant.FromDateTime(reader.GetDateTime(1)), Instant.FromDateTime(reader.GetDateTime(2)), reader.GetInt64(4), reader.GetInt64(5)));
            }
        var (plan, stale) = (new Plan(keptFrom), 0L);
        for (var day = range.From; day <= range.To; day = day.AddDays(1))
        {
            var (start, end) = (clock.DayStart(day), clock.DayStart(day.AddDays(1)));
            if (start >= end) continue;
            // What begins at another instant is another zone's day than the question's, whatever it is called.
            if (known.TryGetValue(day, out var span) && span.Start == start && span.End <= end && span.Stale <= StaleBlocks.Most)
            {
                if (span.Stale > Math.Clamp(span.Events / EventsOfStale, FewStale, StaleBlocks.Most / 2)) plan.Missing.Add(day);
                if (span.Stale > 0) plan.Stale.Add((day, start, span.End));
                stale += span.Stale;
                plan.Events += span.Events;
                plan.Blocks.Add(day);
                if (span.End == end) continue;
                start = span.End;       // it was the present day
            }
            if (end <= now && start >= (keptFrom ?? long.MinValue)) plan.Missing.Add(day);
            else if (start <= now && now < end) plan.Today = (day, plan.Raw.Count, start == clock.DayStart(day) ? 0 : span.Events);
            if (plan.Raw.Count > 0 && plan.Raw[^1] is var last && last.End == start && plan.Today is null) plan.Raw[^1] = last with { End = end };
            else plan.Raw.Add((day, start, end));
        }
        // Each day has few, and there are many days.
        foreach (var (day, _, _) in plan.Stale.Where(day => !plan.Missing.Contains(day.Day)).OrderByDescending(day => known[day.Day].Stale))
        {
            if (stale <= StaleBlocks.Most) break;
            plan.Missing.Add(day);
            stale -= known[day].Stale;
        }
        return plan;
    }

    // Before any of them is read: who stops in between is sent the rest all the same.
    private static async Task<bool> LackAsync(NpgsqlConnection connection, BlockQuestion question, Plan plan, CancellationToken cancel)
    {
        await using var command = DayScope.Command(connection, "BlocksLack", question.Range.Site.Id, plan.Blocks.ToArray(), question.Names.Members.ToArray());
        command.CommandTimeout = 0;
        return await command.ExecuteScalarAsync(cancel).ConfigureAwait(false) is true;
    }

    private static async Task DescribeAsync(NpgsqlConnection connection, BlockQuestion question, CancellationToken cancel)
    {
        var columns = question.ContextColumns.Distinct().ToArray();
        // Names of an enumeration, none of anybody who asks.
        var text = Sql.Get("ScanContexts").Replace("/*columns*/", string.Join(", ", columns.Select(column => column.ToString().ToLowerInvariant())), StringComparison.Ordinal);
        await using var command = new NpgsqlCommand(text, connection) { CommandTimeout = 0, Parameters = { new() { Value = question.Range.Site.Id } } };
        await using var reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        var known = new Dictionary<string, string>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancel).ConfigureAwait(false))
        {
            var texts = new string?[(int)FilterColumn.Payload];
            for (var i = 0; i < columns.Length; i++)
                if (!reader.IsDBNull(i + 1) && reader.GetString(i + 1) is var value)
                    texts[(int)columns[i]] = known.TryGetValue(value, out var same) ? same : known[value] = value;
            question.Names.Describe(reader.GetInt64(0), texts);
        }
    }

    private static async Task<bool> WalkAsync(NpgsqlConnection connection, BlockQuestion question, List<DateOnly> days, List<(long Order, PackedBlock Block)> made,
        Dictionary<DateOnly, HashSet<long>> stale, CancellationToken cancel)
    {
        var walk = new BlockWalk(question.Tally, question.Names);
        var (names, next) = (question.Names.Members, 0);
        if (days.Count > 0)
        {
            var buffer = ArrayPool<byte>.Shared.Rent(1024 * 1024);
            try
            {
                await using var command = DayScope.Command(connection, "ReadBlocks", question.Range.Site.Id, days.ToArray(), names.ToArray());
                command.CommandTimeout = 0;
                await using var reader = await command.ExecuteReaderAsync(CommandBehavior.SequentialAccess, cancel).ConfigureAwait(false);
                while (await reader.ReadAsync(cancel).ConfigureAwait(false))
                {
                    var (first, day) = (reader.GetInt64(0), reader.GetFieldValue<DateOnly>(1));
                    var order = Order(day, reader.GetInt32(2));
                    var size = reader.GetInt32(3);
                    if (buffer.Length < size)
                    {
                        ArrayPool<byte>.Shared.Return(buffer);
                        buffer = ArrayPool<byte>.Shared.Rent(size);
                    }
                    await using (var stream = await reader.GetStreamAsync(4, cancel).ConfigureAwait(false)) await stream.ReadExactlyAsync(buffer.AsMemory(0, size), cancel).ConfigureAwait(false);
                    var members = names.Count == 0 ? [] : await reader.GetFieldValueAsync<byte[]?[]>(5, cancel).ConfigureAwait(false);
                    if (!OpenUpTo(first) || !walk.Open(buffer.AsSpan(0, size), first, order, members, stale.GetValueOrDefault(day))) return false;
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
        return OpenUpTo(long.MaxValue) && walk.Finish();

        bool OpenUpTo(long person)
        {
            for (; next < made.Count && made[next] is var (order, block) && block.FirstPerson <= person; next++)
            {
                cancel.ThrowIfCancellationRequested();
                if (!walk.Open(block.Bytes, block.FirstPerson, order, [.. names.Select(block.Members.Find)])) return false;
            }
            return true;
        }
    }

    private static long Order(DateOnly day, int part) => ((long)day.DayNumber << 32) + part;

    private sealed record Plan(long? KeptFrom)
    {
        public List<DateOnly> Blocks { get; } = [];

        // In blocks.
        public long Events { get; set; }

        public List<DateOnly> Missing { get; } = [];

        // Days with blocks in which not everybody's events are what they were.
        public List<(DateOnly Day, long Start, long End)> Stale { get; } = [];

        // The present day, if it is asked for, which of the raw spans it is, and how many events it has in blocks.
        public (DateOnly Day, int Span, long Events)? Today { get; set; }

        // Days next to each other are one span, under the first one's name; but the present day is one by itself.
        public List<(DateOnly Day, long Start, long End)> Raw { get; } = [];
    }
}
