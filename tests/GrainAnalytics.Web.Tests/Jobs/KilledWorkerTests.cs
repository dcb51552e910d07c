using System.Diagnostics;
using System.Text.Json.Nodes;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Testing;
using GrainAnalytics.Web.Tests.Support;
using Npgsql;

namespace GrainAnalytics.Web.Tests.Jobs;

/// <summary>Servers as processes of their own, of which one is killed with its job half done; another one goes on.</summary>
public sealed class KilledWorkerTests : IAsyncLifetime
{
    private const int Old = 400_000, New = 1_000;

    private TestDatabase _database = null!;
    private NpgsqlDataSource _source = null!;
    private Process _process = null!;
    private HttpClient _client = null!;      // with the API key, which may also send

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        _source = NpgsqlDataSource.Create(_database.ConnectionString);
        await StartAsync();
    }

    public async Task DisposeAsync()
    {
        if (!_process.HasExited) await KillAsync();
        _process.Dispose();
        await _source.DisposeAsync();
        await _database.DisposeAsync();
    }

    private async Task StartAsync()
    {
        (_process, _client) = await StandaloneProcess.StartReadyAsync(ServerFixture.ApiKey, "--urls=http://127.0.0.1:0",
        $"--ConnectionStrings:Postgres={_database.ConnectionString}", "--Logging:Format=text", $"--Bootstrap:ApiKey={ServerFixture.ApiKey}", $"--Bootstrap:WriteKey={ServerFixture.WriteKey}",
        "--Jobs:Poll=00:00:00.050", "--Jobs:Lease=00:00:01.5", "--Spool:Enabled=false");
        _process.Drain();
    }

    private async Task KillAsync()
    {
        await _process.SignalAsync("KILL");
        await _process.WaitForExitAsync();
    }

    [Fact]
    public async Task Retention_goes_on_behind_the_last_commit_and_counts_every_event_once()
    {
        await ExecuteAsync($"""
            insert into events (occurred_at, received_at, key, site_id, user_id, type, payload)
            select case when i <= {Old} then timestamptz '2020-05-01' + i * interval '1 second' else now() end, now(), gen_random_uuid(), 1, 'u' || i % 1000, 't', '[]'
            from generate_series(1, {Old + New}) i
            """);
        // Each piece takes its time, so that it is not over before the first kill.
        await ExecuteAsync("""
            create function nap() returns trigger language plpgsql as 'begin perform pg_sleep(0.5); return new; end';
            create trigger nap before update on jobs for each row when (new.kind = 'retention' and new.progress::text is distinct from old.progress::text) execute function nap()
            """);
        // Last night's retention would do it as well, and not slowly.
        await Night.PassAsync(_source);
        // The other site keeps everything, so that the partition stays.
        await ExecuteAsync("update sites set keep_days = 30; insert into sites (name, time_zone) values ('other', 'UTC')");
        var id = await ScalarAsync<long>("insert into jobs (kind, site_id, arguments, run_at) values ('retention', 1, '{}', now()) returning id");
        var kills = 0;
        for (var last = 0L; await ScalarAsync<string>($"select state from jobs where id = {id}") != "done";)
        {
            var removed = 0L;
            await Wait.UntilAsync(async () =>
            {
                removed = await ScalarAsync<long>($"select coalesce((progress->>'removed')::bigint, 0) from jobs where id = {id}");
                return removed > last || await ScalarAsync<string>($"select state from jobs where id = {id}") == "done";
            }, "progress");
            last = removed;
            if (kills == 3) continue;
            await KillAsync();
            // What the progress says and what is gone were committed together.
            // In one statement, for another one would see what the killed server's last transaction did meanwhile.
            var seen = JsonNode.Parse(await ScalarAsync<string>($"""
                select json_build_object('left', (select count(*) from events where occurred_at < '2021-01-01'), 'removed', (select (progress->>'removed')::bigint from jobs where id = {id}))::text
                """))!;
            Assert.Equal(Old - (long)seen["left"]!, (long)seen["removed"]!);
            if ((long)seen["left"]! > 0) kills++;
            if (kills == 3) await ExecuteAsync("drop trigger nap on jobs");
            await StartAsync();
        }
        Assert.True(kills > 0, "The job was over before it was killed.");
        var job = JsonNode.Parse(await ScalarAsync<string>($"select result::text from jobs where id = {id}"))!;
        Assert.Equal((Old, 0, New), ((long)job["removed"]!, await ScalarAsync<long>("select count(*) from events where occurred_at < '2021-01-01'"), await ScalarAsync<long>("select count(*) from events")));
        Assert.True(await ScalarAsync<int>($"select attempts from jobs where id = {id}") > 1);
    }

    [Fact]
    public async Task A_recount_reports_what_it_repaired_before_and_after_the_kill()
    {
        await _client.SendAsync("""[{"type":"t","userId":"a","sessionId":"s","occurredAt":"2026-02-03T10:00:00Z"},{"type":"t","userId":"b","occurredAt":"2026-02-03T10:30:00Z"}]""");
        await ExecuteAsync("update event_hourly set events = events + 5; delete from user_days where user_id = 'b'; update sessions set event_count = 9");
        // Last night's recount is due as soon as the server starts; it must not be the one that waits.
        await Night.PassAsync(_source);
        // The second step has to wait for this table, and is killed there; the first one is committed.
        await using (var holder = await _source.OpenConnectionAsync())
        await using (var transaction = await holder.BeginTransactionAsync())
        {
            await using (var hold = new NpgsqlCommand("lock table user_days in access exclusive mode", holder)) await hold.ExecuteNonQueryAsync();
            await ExecuteAsync("""insert into jobs (kind, site_id, arguments, run_at) values ('recount', 1, '{"date":"2026-02-03"}', now())""");
            await Wait.UntilAsync(async () => await ScalarAsync<long>("select count(*) from recount_findings") == 1
                && await ScalarAsync<long>("select count(*) from pg_locks where not granted and relation = 'user_days'::regclass and database = (select oid from pg_database where datname = current_database())") > 0, "a recount at its second step");
            await KillAsync();
            await transaction.RollbackAsync();
        }
        await StartAsync();
        const string Job = "from jobs where kind = 'recount' and arguments->>'date' = '2026-02-03'";
        await Wait.UntilAsync(async () => await ScalarAsync<string>($"select state {Job}") == "done", "the second attempt");
        var tables = JsonNode.Parse(await ScalarAsync<string>($"select result::text {Job}"))!["tables"]!.AsArray().ToDictionary(table => (string)table!["table"]!, table => (int)table!["differences"]!);
        Assert.Equal(new Dictionary<string, int> { ["event_hourly"] = 1, ["user_days"] = 1, ["sessions"] = 1 }, tables);
        // One that had to wait two seconds for a lock was one more.
        Assert.InRange(await ScalarAsync<int>($"select attempts {Job}"), 2, 8);
        await Recount.AssertExactAsync(_source, new Site(1, "", null, new SiteClock("UTC")));
    }

    [Fact]
    public async Task A_change_of_the_time_zone_leaves_nothing_of_a_killed_attempt_and_the_next_one_does_it_once()
    {
        await _client.SendAsync("""[{"type":"t","userId":"a","sessionId":"s","occurredAt":"2026-02-03T18:10:00Z"},{"type":"t","userId":"b","occurredAt":"2026-02-03T18:40:00Z"}]""");
        const string Job = "from jobs where kind = 'time-zone'";
        // It waits for a writer that hangs, and is killed there.
        await using (var holder = await _source.OpenConnectionAsync())
        await using (var transaction = await holder.BeginTransactionAsync())
        {
            await using (var hold = new NpgsqlCommand("select write_in_zone(1, 'UTC')", holder)) await hold.ExecuteNonQueryAsync();
            await ExecuteAsync("""insert into jobs (kind, site_id, arguments, run_at) values ('time-zone', 1, '{"timeZone":"Asia/Kolkata"}', now())""");
            await Wait.UntilAsync(async () => await ScalarAsync<long>("select count(*) from pg_locks where locktype = 'advisory' and classid = 1718579302 and not granted and database = (select oid from pg_database where datname = current_database())") == 1, "a change that waits");
            await KillAsync();
            Assert.Equal("UTC", await ScalarAsync<string>("select time_zone from sites"));
            await transaction.RollbackAsync();
        }
        await Recount.AssertExactAsync(_source, new Site(1, "", null, new SiteClock("UTC")));
        await StartAsync();
        await _client.SendAsync("""{"type":"t","userId":"c","occurredAt":"2026-02-03T18:45:00Z"}""");
        await Wait.UntilAsync(async () => await ScalarAsync<string>($"select state {Job}") == "done", "the second attempt");
        Assert.InRange(await ScalarAsync<int>($"select attempts {Job}"), 2, 8);
        Assert.Equal("Asia/Kolkata", await ScalarAsync<string>("select time_zone from sites"));
        await Recount.AssertExactAsync(_source, new Site(1, "", null, new SiteClock("Asia/Kolkata")));
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _source.CreateCommand(sql);
        command.CommandTimeout = 600;       // for hundreds of thousands of rows
        await command.ExecuteNonQueryAsync();
    }

    private async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = _source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }
}
