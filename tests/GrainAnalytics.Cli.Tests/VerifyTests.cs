using GrainAnalytics.Cli.Tests.Support;

namespace GrainAnalytics.Cli.Tests;

/// <summary>grain-analytics verify: finds nothing where nothing is, and everything where something is.</summary>
public sealed class VerifyTests : IAsyncLifetime
{
    private readonly Server _server = new() { TimeZone = "Asia/Kathmandu" };      // UTC+5:45
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("grain-analytics-cli-");

    private string Acked => Path.Combine(_folder.FullName, "acked.tsv");

    public async Task InitializeAsync()
    {
        await ((IAsyncLifetime)_server).InitializeAsync();
        await Midnight.PassAsync(_server.TimeZone);     // some tests count the users of the day
        var load = await Tool.LoadAsync("--url", _server.Url, "--key", Server.WriteKey, "--count", "3000", "--users", "25", "--sessions", "60", "--acked", Acked);
        Assert.Equal((0, ""), (load.Code, load.Error));
    }

    public async Task DisposeAsync()
    {
        await ((IAsyncLifetime)_server).DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task What_is_well_is_called_well_also_for_users_of_several_pages_and_days_of_another_zone()
    {
        await Tool.LoadAsync("--url", _server.Url, "--key", Server.WriteKey, "--count", "1500", "--users", "1", "--days", "5", "--acked", Acked);
        await _server.ExecuteAsync("insert into sites (name, time_zone) values ('other', 'UTC')");     // another site's rows do not count
        await _server.ExecuteAsync("insert into events select occurred_at, received_at, key, 2, event_id, user_id, session_id, anonymous_id, type, payload from events limit 100");
        var verify = await RunAsync(_server.Url, Acked, "--database", _server.ConnectionString);
        Assert.Equal((0, ""), (verify.Code, verify.Error));
        var report = verify.Json;
        Assert.True((bool)report["isFine"]!);
        Assert.Equal((4500, 4500, 25), ((int)report["acknowledged"]!, (int)report["stored"]!, (int)report["users"]!));
        Assert.Equal((4500, 0, 0), ((int)report["rows"]!, (int)report["lost"]!, (int)report["doubled"]!));
        Assert.True((int)report["countersCompared"]! >= 60 + 5 * 6, verify.Output);      // sessions; active users and five types on five days at least
    }

    [Fact]
    public async Task What_an_erasure_leaves_is_well()
    {
        foreach (var user in new[] { "user-3", "user-17" }) await _server.AskAsync(HttpMethod.Delete, $"/v1/users/{user}", Server.AdminToken);
        var left = (await File.ReadAllLinesAsync(Acked)).Where(line => line.Split('\t')[1] is not ("user-3" or "user-17")).ToArray();
        await File.WriteAllLinesAsync(Acked, left);
        var verify = await RunAsync(_server.Url, Acked, "--database", _server.ConnectionString);
        Assert.Equal((0, ""), (verify.Code, verify.Error));
        Assert.Equal((left.Length, left.Length, 23), ((int)verify.Json["rows"]!, (int)verify.Json["stored"]!, (int)verify.Json["users"]!));
    }

    [Fact]
    public async Task Every_kind_of_fault_is_found_counted_and_named()
    {
        // Each fault at a user of its own; the server has looked none of them up, so that it reads what the tables say.
        var lines = (await File.ReadAllLinesAsync(Acked)).Select(line => line.Split('\t')).ToArray();
        string Of(int user, int place = 0) => lines.Where(line => line[1] == $"user-{user}").ElementAt(place)[0];
        await _server.ExecuteAsync($"delete from events where key = '{Of(1)}'");
        await _server.ExecuteAsync($"delete from event_keys where key = '{Of(1)}'");
        await _server.ExecuteAsync($"delete from event_keys where key = '{Of(2)}'");
        await _server.ExecuteAsync($"insert into events select * from events where key = '{Of(3)}'");
        await _server.ExecuteAsync($"update events set user_id = 'user-5' where key = '{Of(4)}'");
        await _server.ExecuteAsync($"update events set occurred_at = occurred_at - interval '1 millisecond' where key = '{Of(6)}'");
        await _server.ExecuteAsync("update event_hourly set events = events + 1 where (hour, type, shard) = (select hour, type, shard from event_hourly where type = 'click' order by 1, 2, 3 limit 1)");
        await _server.ExecuteAsync("update daily_active_users set users = users + 1 where (day, shard) = (select day, shard from daily_active_users order by 1, 2 limit 1)");
        // What the server answers comes from a rollup, which is there once somebody asked.
        await _server.AskAsync(HttpMethod.Get, "/v1/stats/dau", Server.ApiKey);
        await _server.ExecuteAsync("update period_users set users = users + 1 where period = 0 and start = (select min(start) from period_users where period = 0)");
        await _server.ExecuteAsync("delete from user_days where user_id = 'user-7'");
        await _server.ExecuteAsync("update sessions set event_count = event_count + 1 where session_id = 'session-33'");
        await File.AppendAllTextAsync(Acked, $"{Guid.Empty}\tuser-8\t2026-11-20T12:00:00.000Z\t2026-11-20T12:00:00.000Z\n");

        var verify = await RunAsync(_server.Url, Acked, "--database", _server.ConnectionString);
        Assert.Equal((1, ""), (verify.Code, verify.Error));
        Assert.False((bool)verify.Json["isFine"]!);
        Assert.Equal((3, 1), ((int)verify.Json["lost"]!, (int)verify.Json["doubled"]!));
        var found = verify.Json["findings"]!.AsArray().ToDictionary(f => (string)f!["kind"]!, f => (Count: (int)f!["count"]!, Text: string.Join('\n', f!["examples"]!.AsArray())));
        AssertFound("lost", 2, Of(1), $"{Guid.Empty} of user-8");
        AssertFound("lost-row", 3, Of(1), Of(2), $"{Guid.Empty} of user-8");
        AssertFound("doubled", 1, $"{Of(3)} is in journeys 2 times");
        AssertFound("doubled-row", 1, $"{Of(3)} has 2 rows");
        AssertFound("wrong-user", 1, $"{Of(4)} of user-4 is in the journey of user-5");
        AssertFound("wrong-time", 1, $"{Of(6)} of user-6 is stored at");
        AssertFound("key", 2, $"{Of(2)}: key says nothing", $"{Of(6)}: key says");
        AssertFound("user-day", 1, "user-7 on", "has events and is not marked");
        AssertFound("active-users", 1, "counter 26, rows 25");
        Assert.Contains("active users on", found["counter"].Text, StringComparison.Ordinal);
        Assert.Contains("events of session session-33", found["counter"].Text, StringComparison.Ordinal);
        Assert.True(found["hourly-counter"].Count >= 1, verify.Output);
        Assert.True(found["session"].Count >= 3, verify.Output);      // session-33, and those of the lost and the doubled row

        void AssertFound(string kind, int count, params string[] named)
        {
            Assert.True(found.TryGetValue(kind, out var fault), $"No {kind}: {verify.Output}");
            Assert.True(count == fault.Count, $"{kind}: {verify.Output}");
            Assert.All(named, name => Assert.Contains(name, fault.Text, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task What_is_not_named_is_counted_all_the_same()
    {
        await _server.ExecuteAsync("delete from sessions where session_id >= 'session-3'");
        var sessions = await _server.ScalarAsync<long>("select count(distinct session_id) from events where session_id >= 'session-3'");
        var verify = await RunAsync(_server.Url, Acked, "--database", _server.ConnectionString, "--examples", "2");
        var finding = verify.Json["findings"]!.AsArray().Single(f => (string)f!["kind"]! == "session")!;
        Assert.Equal((sessions, 2), ((long)finding["count"]!, finding["examples"]!.AsArray().Count));
    }

    [Fact]
    public async Task A_server_that_shows_another_journey_than_the_others_is_found()
    {
        Assert.Equal(0, (await RunAsync(_server.Url, Acked, "--url", await _server.StartAsync(), "--every-server")).Code);
        var empty = new Server();
        try
        {
            await ((IAsyncLifetime)empty).InitializeAsync();
            var verify = await RunAsync(_server.Url, Acked, "--url", empty.Url, "--every-server");
            var finding = verify.Json["findings"]!.AsArray().Single(f => (string)f!["kind"]! == "servers-differ")!;
            Assert.Equal((1, 25), (verify.Code, (int)finding["count"]!));
            Assert.Contains("shows another journey of user-", (string?)finding["examples"]![0], StringComparison.Ordinal);
        }
        finally
        {
            await ((IAsyncLifetime)empty).DisposeAsync();
        }
    }

    [Fact]
    public async Task A_journey_of_which_only_part_is_shown_is_asked_for_again()
    {
        await using (var forgetful = await ForgetfulServer.StartAsync(_server.Url, journeys: 30))
            Assert.Equal((0, 3000), (await RunAsync(forgetful.Url, Acked)) is var whole ? (whole.Code, (int)whole.Json["stored"]!) : default);
        await using (var forgetful = await ForgetfulServer.StartAsync(_server.Url, int.MaxValue))
            AssertUnknown(await RunAsync(forgetful.Url, Acked, "--give-up", "500ms"), "shows only part of journeys");
    }

    [Fact]
    public async Task Users_who_are_in_no_file_are_a_fault_unless_the_site_has_others()
    {
        var kept = (await File.ReadAllLinesAsync(Acked)).Where(line => line.Split('\t')[1] is not "user-9");
        await File.WriteAllLinesAsync(Acked, kept);
        Assert.Equal(1, (await RunAsync(_server.Url, Acked)).Code);
        Assert.Equal(0, (await RunAsync(_server.Url, Acked, "--others")).Code);
    }

    [Fact]
    public async Task What_cannot_be_said_is_exit_code_3()
    {
        AssertUnknown(await RunAsync("http://127.0.0.1:1", Acked, "--give-up", "200ms"), "does not answer");
        AssertUnknown(await RunAsync(_server.Url, Acked, "--key", "nobody's"), "401: The key is not known.");
        AssertUnknown(await RunAsync(_server.Url, Acked, "--key", Server.WriteKey), "403: A write key may only send");
        AssertUnknown(await RunAsync(_server.Url, Acked, "--database", "Host=127.0.0.1;Port=1"), "--database cannot be asked");
        await using var other = await ScriptedServer.StartAsync();
        AssertUnknown(await RunAsync(other.Url, Acked), "is it a GrainAnalytics server?");
        await _server.ExecuteAsync("alter table event_keys rename to gone");
        AssertUnknown(await RunAsync(_server.Url, Acked, "--database", _server.ConnectionString), "--database cannot be asked");
    }

    [Fact]
    public async Task Lines_that_are_none_are_named_and_half_a_last_line_is_not_counted()
    {
        await File.AppendAllTextAsync(Acked, "3f2b8c1e-half-a-li");
        Assert.Equal((0, 3000), (await RunAsync(_server.Url, Acked)) is var half ? (half.Code, (int)half.Json["acknowledged"]!) : default);
        await File.AppendAllTextAsync(Acked, "\n");
        var verify = await RunAsync(_server.Url, Acked);
        Assert.Equal((2, $"{Acked}, line 3001: expected id, user and occurredAt (ISO 8601) with tabs between."), (verify.Code, verify.Error.Trim()));
    }

    private static void AssertUnknown(Outcome outcome, string named)
    {
        Assert.Equal((3, ""), (outcome.Code, outcome.Output));
        Assert.Contains(named, outcome.Error, StringComparison.Ordinal);
    }

    private static Task<Outcome> RunAsync(string url, string file, params string[] arguments) =>
        Tool.RunAsync(["verify", "--url", url, .. Tool.Unless(arguments, "--key", Server.ApiKey), .. Tool.Unless(arguments, "--give-up", "5m"), "--json", .. arguments, file]);
}
