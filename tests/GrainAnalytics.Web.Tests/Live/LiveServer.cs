using System.Text.Json.Nodes;
using GrainAnalytics.Web.Tests.Support;
using Npgsql;

namespace GrainAnalytics.Web.Tests.Live;

/// <summary>A server whose rows a test can ask for.</summary>
public class LiveServer : ServerFixture
{
    private NpgsqlDataSource _source = null!;

    protected override async Task<string> ConnectionStringAsync()
    {
        var connection = await base.ConnectionStringAsync();
        // The name keeps the connection string out of the metrics, which are the whole process's.
        _source = new NpgsqlDataSourceBuilder(new NpgsqlConnectionStringBuilder(connection) { Pooling = false }.ConnectionString) { Name = "test" }.Build();
        return connection;
    }

    /// <summary>One value as JSON.</summary>
    public async Task<JsonNode> QueryAsync(string sql)
    {
        await using var command = _source.CreateCommand(sql);
        return JsonNode.Parse((string)(await command.ExecuteScalarAsync())!)!;
    }

    /// <summary>What a viewer of the first site must see of today, from the raw rows.</summary>
    public async Task<(Dictionary<string, long> Counters, long ActiveUsers, long ActiveNow, string[] Latest)> TodayAsync()
    {
        var row = await QueryAsync("""
            with counted as (select * from events where site_id = 1 and type not in ('identify', 'alias', 'group', 'engagement', '$pageleave'))
            select json_build_object(
              'counters', (select coalesce(json_object_agg(type, n), '{}') from (select type, count(*) as n from counted
                where (occurred_at at time zone 'UTC')::date = (now() at time zone 'UTC')::date group by type) t),
              'users', (select count(distinct user_id) from counted where (occurred_at at time zone 'UTC')::date = (now() at time zone 'UTC')::date),
              'now', (select count(distinct user_id) from counted where least(occurred_at, received_at) > now() - interval '5 minutes'),
              'latest', (select json_agg(coalesce(event_id, key::text) order by received_at desc, occurred_at desc, key desc) from (select * from events
                where site_id = 1 order by received_at desc, occurred_at desc, key desc limit 20) e))::text
            """);
        return (row["counters"]!.AsObject().ToDictionary(c => c.Key, c => (long)c.Value!), (long)row["users"]!, (long)row["now"]!,
            [.. row["latest"]?.AsArray().Select(id => (string)id!) ?? []]);
    }
}
