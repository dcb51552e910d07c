using System.Diagnostics;
using GrainAnalytics.Cli.Tests.Support;
using GrainAnalytics.Testing;

namespace GrainAnalytics.Cli.Tests;

/// <summary>grain-analytics load against a real server.</summary>
public sealed class LoadTests(Server server) : IClassFixture<Server>, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("grain-analytics-cli-");

    private string Acked => Path.Combine(_folder.FullName, "acked.tsv");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("single", 60), InlineData("batch", 2000), InlineData("ndjson", 2000)]
    public async Task What_every_shape_says_is_acknowledged_is_recorded_and_stored_as_it_was_recorded(string shape, int count)
    {
        var load = await Tool.LoadAsync("--url", server.Url, "--key", Server.WriteKey, "--shape", shape, "--count", $"{count}",
            "--batch-size", "150", "--users", "40", "--sessions", "70", "--payload", "300", "--days", "3", "--acked", Acked, "--json");
        Assert.Equal((0, ""), (load.Code, load.Error));
        Assert.Equal((count, 0, 0), ((int)load.Json["acknowledged"]!, (int)load.Json["rejected"]!, (int)load.Json["unanswered"]!));
        Assert.Equal(shape == "single" ? count : (count + 149) / 150, (int)load.Json["answers"]!["202"]!);

        var lines = await File.ReadAllLinesAsync(Acked);
        Assert.Equal(count, lines.Length);
        var expected = lines.Select(line => line.Split('\t')).Select(line => $"{line[0]} {line[1]} {line[2]}");
        var ids = lines.Select(line => Guid.Parse(line.Split('\t')[0])).ToArray();
        var rows = await server.ScalarAsync<string[]>("""
            select array_agg(format('%s %s %s', key, user_id, to_char(occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) from events
            where key = any($1) and octet_length(payload::text) = 300 and session_id is not null
            """, ids);
        Assert.Equal(expected.Order(StringComparer.Ordinal), rows.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_load_that_is_killed_has_recorded_whole_lines_and_the_next_one_goes_on_behind_them()
    {
        string[] arguments = ["load", "--url", server.Url, "--key", Server.WriteKey, "--duration", "1h", "--batch-size", "20", "--connections", "4", "--acked", Acked];
        using (var process = Tool.Start(arguments))
        {
            try
            {
                await Wait.UntilAsync(() => File.Exists(Acked) && new FileInfo(Acked).Length > 100_000, "acknowledged events", Patience);
            }
            finally
            {
                process.Kill();
            }
            await process.WaitForExitAsync();
        }
        // A kill in the middle of a line is rare; this is how it would look.
        await File.AppendAllTextAsync(Acked, "3f2b8c1e-half-a-li");
        var killed = (await File.ReadAllLinesAsync(Acked)).Length - 1;

        var load = await Tool.LoadAsync("--url", server.Url, "--key", Server.WriteKey, "--count", "100", "--acked", Acked);
        Assert.Equal((0, ""), (load.Code, load.Error));
        var lines = await File.ReadAllLinesAsync(Acked);
        Assert.Equal(killed + 100, lines.Length);
        Assert.All(lines, line => Assert.Equal(4, line.Split('\t').Length));
        var verify = await Tool.RunAsync("verify", "--url", server.Url, "--key", Server.ApiKey, "--others", "--give-up", "5m", "--json", Acked);
        Assert.Equal(lines.Length, (int)verify.Json["acknowledged"]!);
        Assert.Equal((0, ""), (verify.Code, verify.Error));
    }

    [Fact]
    public async Task A_load_that_is_told_to_end_reports_what_it_did()
    {
        using var process = Tool.Start("load", "--url", server.Url, "--key", Server.WriteKey, "--duration", "1h", "--rate", "500", "--acked", Acked, "--json");
        var load = await EndAsync(process, async () =>
        {
            await Wait.UntilAsync(() => File.Exists(Acked) && new FileInfo(Acked).Length > 0, "acknowledged events", Patience);
            await Tool.SignalAsync(process, "TERM");
        });
        Assert.Equal((await File.ReadAllLinesAsync(Acked)).Length, (int)load.Json["acknowledged"]!);
        // Five seconds for what is under way, a batch of each client: more than a server takes, less than a machine that stands still.
        var unanswered = (int)load.Json["unanswered"]!;
        Assert.InRange(unanswered, 0, 8 * 100);
        Assert.Equal(unanswered == 0 ? 0 : 1, load.Code);
    }

    [Fact]
    public async Task A_load_that_is_told_to_end_waits_for_the_answer_that_is_under_way()
    {
        var (asked, told) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var scripted = await ScriptedServer.StartAsync(async http =>
        {
            asked.SetResult();
            await told.Task;
            await ScriptedServer.Accept("""{"accepted":3,"duplicates":0,"rejected":0,"errors":[]}""")(http);
        });
        using var process = Tool.Start("load", "--url", scripted.Url, "--key", "k", "--duration", "1h", "--connections", "1", "--batch-size", "3",
            "--timeout", "5m", "--acked", Acked, "--json");
        var load = await EndAsync(process, async () =>
        {
            await asked.Task.WaitAsync(Patience);
            await Tool.SignalAsync(process, "TERM");
            told.SetResult();
        });
        Assert.Equal((0, 0), (load.Code, (int)load.Json["unanswered"]!));
        Assert.Equal(scripted.Requests.SelectMany(ids => ids), (await File.ReadAllLinesAsync(Acked)).Select(line => line.Split('\t')[0]));
        Assert.Equal(3 * scripted.Requests.Count, (int)load.Json["acknowledged"]!);
    }

    [Fact]
    public async Task A_rate_is_kept()
    {
        var load = await Tool.RunAsync("load", "--url", server.Url, "--key", Server.WriteKey, "--rate", "400", "--batch-size", "20", "--duration", "3s", "--json");
        // Never more, however fast the machine; and what a slow one begins late is no more for that.
        Assert.InRange((int)load.Json["acknowledged"]!, 20, 400 * (double)load.Json["elapsedSeconds"]! + 20);
    }

    [Fact]
    public async Task A_server_that_is_away_is_made_up_for_by_another()
    {
        var load = await Tool.LoadAsync("--url", "http://127.0.0.1:1", "--url", server.Url, "--key", Server.WriteKey, "--count", "1000", "--json");
        Assert.Equal((0, 1000), (load.Code, (int)load.Json["acknowledged"]!));
        Assert.True((int)load.Json["answers"]!["no connection"]! > 0);
    }

    [Fact]
    public async Task Without_any_server_it_gives_up_and_says_why()
    {
        var load = await Tool.RunAsync("load", "--url", "http://127.0.0.1:1", "--key", "k", "--count", "5", "--give-up", "3s", "--json");
        Assert.Equal((3, 5), (load.Code, (int)load.Json["unanswered"]!));
        Assert.Contains("127.0.0.1:1", (string?)load.Json["firstProblem"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_key_ends_it_at_once()
    {
        var load = await Tool.RunAsync("load", "--url", server.Url, "--key", "nobody's", "--duration", "1h", "--give-up", "5m");
        Assert.Equal((3, $"{server.Url}v1/events answers 401: The key is not known."), (load.Code, load.Error.Trim()));
    }

    [Fact]
    public async Task Events_that_the_server_refuses_are_counted_by_reason()
    {
        var load = await Tool.LoadAsync("--url", server.Url, "--key", Server.WriteKey, "--count", "50", "--payload", "40000", "--acked", Acked, "--json");
        Assert.Equal((1, 50), (load.Code, (int)load.Json["rejections"]!["event-too-large"]!));
        Assert.Equal(0, new FileInfo(Acked).Length);
    }

    [Fact]
    public async Task The_report_for_people_names_what_the_one_for_programs_names()
    {
        var load = await Tool.LoadAsync("--url", server.Url, "--key", Server.WriteKey, "--count", "200");
        Assert.Contains("acknowledged   200 events", load.Output, StringComparison.Ordinal);
        Assert.Contains("202: 2", load.Output, StringComparison.Ordinal);
        Assert.Contains("time to 202    p50 ", load.Output, StringComparison.Ordinal);
    }

    // A load of an hour must not outlive the test that fails.
    private static async Task<Outcome> EndAsync(Process process, Func<Task> tell)
    {
        try
        {
            await tell();
        }
        catch
        {
            process.Kill();
            throw;
        }
        return await Tool.EndAsync(process);
    }
}
