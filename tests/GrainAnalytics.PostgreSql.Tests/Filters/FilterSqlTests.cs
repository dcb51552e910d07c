using System.Text;
using GrainAnalytics.Core.Filters;
using GrainAnalytics.PostgreSql.Filters;
using GrainAnalytics.Testing;
using Npgsql;
using NpgsqlTypes;
using Xunit;

namespace GrainAnalytics.PostgreSql.Tests.Filters;

/// <summary>Filters in SQL against the same filters in memory, on tables like those of events.</summary>
public sealed class FilterSqlTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private const int Events = 300;

    private static readonly string[] Columns =
        [.. FilterField.Names.Skip((int)FilterColumn.Host)];

    private static async Task<FilterEvent[]> FillAsync(NpgsqlConnection connection, FilterMaker maker)
    {
        await using (var create = new NpgsqlCommand($"""
            drop table if exists filter_events, filter_contexts;
            create temp table filter_contexts (context_id int primary key, {string.Join(", ", Columns.Select(column => $"{column} text collate \"C\""))});
            create temp table filter_events (event_id int primary key, context_id int, type text collate "C" not null, user_id text collate "C" not null,
                session_id text collate "C", path text, payload json not null);
            """, connection)) await create.ExecuteNonQueryAsync();
        var events = Enumerable.Range(0, Events).Select(_ => maker.Event()).ToArray();
        for (var i = 0; i < events.Length; i++)
        {
            await InsertAsync(connection, "filter_events", [i, events[i].HasContext ? i : DBNull.Value, events[i][FilterColumn.Type]!, events[i][FilterColumn.User]!,
                Or(events[i][FilterColumn.Session]), Or(events[i][FilterColumn.Page]), new NpgsqlParameter { Value = events[i].Json, NpgsqlDbType = NpgsqlDbType.Json }]);
            if (!events[i].HasContext) continue;
            await InsertAsync(connection, "filter_contexts", [i, .. Columns.Select((_, at) => Or(events[i][FilterColumn.Host + at]))]);
        }
        return events;
    }

    private static object Or(string? text) => text ?? (object)DBNull.Value;

    private static async Task InsertAsync(NpgsqlConnection connection, string table, object[] values)
    {
        await using var insert = new NpgsqlCommand($"insert into {table} values ({string.Join(", ", values.Select((_, i) => $"${i + 1}"))})", connection);
        foreach (var value in values) insert.Parameters.Add(value as NpgsqlParameter ?? new NpgsqlParameter { Value = value });
        await insert.ExecuteNonQueryAsync();
    }

    private static async Task<List<int>> FindAsync(NpgsqlConnection connection, Filter filter)
    {
        // A parameter of the statement's own before the filter's.
        await using var command = new NpgsqlCommand { Connection = connection };
        command.Parameters.Add(new() { Value = 0 });
        var sql = new StringBuilder("select e.event_id from filter_events e left join filter_contexts c using (context_id) where e.event_id >= $1 and ");
        FilterSql.Append(filter, sql, command.Parameters);
        sql.Append(" order by 1");
        command.CommandText = sql.ToString();
        var found = new List<int>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync()) found.Add(reader.GetInt32(0));
        return found;
    }

    [Fact]
    public async Task The_database_finds_the_events_that_memory_finds()
    {
        await using var connection = await postgres.Database.OpenConnectionAsync();
        var (matches, others) = (0, 0);
        for (var seed = 0; seed < 3; seed++)
        {
            var maker = new FilterMaker(seed);
            var events = await FillAsync(connection, maker);
            for (var i = 0; i < 400; i++)
            {
                var filter = maker.Filter();
                var expected = Enumerable.Range(0, Events).Where(at => FilterEvaluator.Matches(filter, events[at])).ToList();
                var found = await FindAsync(connection, filter);
                Assert.True(expected.SequenceEqual(found), $"seed {seed}, {filter}: expected {string.Join(' ', expected)}, found {string.Join(' ', found)}; "
                    + $"first {string.Join(' ', expected.Except(found).Concat(found.Except(expected)).Take(1).Select(at => events[at].Json))}");
                (matches, others) = (matches + expected.Count, others + Events - expected.Count);
            }
        }
        Assert.True(matches > 20_000 && others > 20_000, $"{matches} matches and {others} others: the filters tell little apart.");
    }

    [Theory]
    [InlineData("'; drop table filter_events; --")]
    [InlineData("') or 1=1 --")]
    [InlineData("x' or '1'='1")]
    [InlineData("$1"), InlineData("${1}"), InlineData("@p"), InlineData(":p"), InlineData("%"), InlineData("_"), InlineData("\\"), InlineData("E'\\x27'")]
    public async Task What_looks_like_sql_is_a_text(string text)
    {
        await using var connection = await postgres.Database.OpenConnectionAsync();
        await FillAsync(connection, new FilterMaker(1));
        // Nobody has it, so each of these finds nobody, or everybody where it is negated, wherever the text stands.
        var nobodys = text + "\u2063";
        foreach (var column in Enum.GetValues<FilterColumn>())
            foreach (var match in Enum.GetValues<TextMatch>())
            {
                var field = new FilterField(column, column == FilterColumn.Payload ? [nobodys, text] : []);
                Assert.Empty(await FindAsync(connection, new TextCondition(field, match, false, [nobodys])));
                Assert.Equal(Events, (await FindAsync(connection, new TextCondition(field, match, true, [nobodys, nobodys]))).Count);
            }
        await using var drop = new NpgsqlCommand("drop table filter_events, filter_contexts", connection);
        await drop.ExecuteNonQueryAsync();      // throws when it is gone
    }

    [Fact]
    public void Nothing_of_a_filter_stands_in_the_statement()
    {
        var maker = new FilterMaker(3);
        var statements = new HashSet<string>();
        for (var i = 0; i < 2000; i++)
        {
            var sql = new StringBuilder();
            using var command = new NpgsqlCommand();
            FilterSql.Append(maker.Filter(), sql, command.Parameters);
            statements.Add(sql.ToString());
        }
        var words = string.Join(' ', statements);
        foreach (var part in new[] { "drop", "pg_sleep", "--", "/docs", "plan", "US", "😀", "\"", ";", "''; " }) Assert.DoesNotContain(part, words);
    }

    [Fact]
    public async Task The_largest_filter_that_is_read_is_answered()
    {
        await using var connection = await postgres.Database.OpenConnectionAsync();
        await FillAsync(connection, new FilterMaker(1));
        var text = string.Join(',', Enumerable.Range(0, Filter.MaxConditions / 2).Select(i => $"(payload.a.b.c.d{i}=~x|y|z;payload.amount>={i})"));
        Assert.True(FilterParser.TryParse(text, out var filter, out var error), error?.ToString());
        Assert.Empty(await FindAsync(connection, filter!));
    }
}
