using GrainAnalytics.Core.Sites;
using Npgsql;
using Xunit;

namespace GrainAnalytics.Testing;

/// <summary>Counts everything again from the raw events, by SQL, and compares it whole with the tables that writers keep.</summary>
public static class Recount
{
    // Each query gives text lines: what events say, and what the table says. $1 site, $2 time zone.
    private const string Counted = "site_id = $1 and type not in ('identify', 'alias', 'group', 'engagement', '$pageleave') and is_bot is null";

    private static readonly (string What, string FromEvents, string FromTable)[] Tables =
    [
        ("event_hourly",
            $"""
            select format('%s %s %s', extract(epoch from hour)::bigint, type, count(*)) from (
              select type, occurred_at - ((occurred_at at time zone $2) - date_trunc('hour', occurred_at at time zone $2)) as hour
              from events where {Counted}) e group by hour, type
            """,
            "select format('%s %s %s', extract(epoch from hour)::bigint, type, sum(events)) from event_hourly where site_id = $1 and $2 <> '' group by hour, type having sum(events) <> 0"),
        ("user_days",
            $"select distinct format('%s %s', (occurred_at at time zone $2)::date, user_id) from events where {Counted}",
            "select format('%s %s', day, user_id) from user_days where site_id = $1 and $2 <> ''"),
        ("daily_active_users",
            $"select format('%s %s', (occurred_at at time zone $2)::date, count(distinct user_id)) from events where {Counted} group by (occurred_at at time zone $2)::date",
            "select format('%s %s', day, sum(users)) from daily_active_users where site_id = $1 and $2 <> '' group by day having sum(users) <> 0"),
        ("sessions",
            """
            select format('%s %s %s %s %s', session_id, count(*), extract(epoch from min(occurred_at)), extract(epoch from max(occurred_at)),
              array_agg(distinct user_id)) from events where site_id = $1 and $2 <> '' and session_id is not null group by session_id
            """,
            """
            select format('%s %s %s %s %s', session_id, event_count, extract(epoch from started_at), extract(epoch from last_seen_at),
              (select array_agg(distinct u order by u) from unnest(other_users || user_id) u)) from sessions where site_id = $1 and $2 <> ''
            """),
        ("event_keys",
            "select format('%s %s', key, extract(epoch from occurred_at)) from events where site_id = $1 and $2 <> ''",
            "select format('%s %s', key, extract(epoch from occurred_at)) from event_keys where site_id = $1 and $2 <> '' and occurred_at > '-infinity'"),
        ("events stored twice",
            "select format('%s %s times', key, count(*)) from events where site_id = $1 and $2 <> '' group by key having count(*) > 1",
            "select '' where $1 = 0 and $2 = ''"),
    ];

    /// <summary>Checks that every rollup, session and key of a site agrees with its events.</summary>
    public static async Task AssertExactAsync(NpgsqlDataSource database, Site site)
    {
        var differences = new List<string>();
        foreach (var (what, fromEvents, fromTable) in Tables)
        {
            var expected = await ReadAsync(database, fromEvents, site);
            var actual = await ReadAsync(database, fromTable, site);
            differences.AddRange(expected.Except(actual).Select(line => $"{what}: events say {line}"));
            differences.AddRange(actual.Except(expected).Select(line => $"{what}: the table says {line}"));
        }
        Assert.True(differences.Count == 0, $"{differences.Count} differences:\n{string.Join('\n', differences.Take(20))}");
    }

    /// <summary>A site's stored events.</summary>
    public static async Task<long> RowsAsync(NpgsqlDataSource database, Site site)
    {
        await using var command = database.CreateCommand("select count(*) from events where site_id = $1");
        command.Parameters.Add(new() { Value = site.Id });
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task<List<string>> ReadAsync(NpgsqlDataSource database, string sql, Site site)
    {
        await using var command = database.CreateCommand(sql);
        command.CommandTimeout = 120;
        command.Parameters.Add(new() { Value = site.Id });
        command.Parameters.Add(new() { Value = site.Clock.TimeZoneId });
        await using var reader = await command.ExecuteReaderAsync();
        var lines = new List<string>();
        while (await reader.ReadAsync()) lines.Add(reader.GetString(0));
        return lines;
    }
}
