using GrainAnalytics.Cli.Tests.Support;

namespace GrainAnalytics.Cli.Tests;

/// <summary>How a load answers refusals and broken connections.</summary>
public sealed class RetryTests : IDisposable
{
    private readonly string _acked = Path.GetTempFileName();

    public void Dispose() => File.Delete(_acked);

    [Fact]
    public async Task The_same_ids_are_sent_until_they_are_acknowledged_and_recorded_once()
    {
        await using var server = await ScriptedServer.StartAsync(ScriptedServer.Refuse(503), ScriptedServer.Refuse(429), ScriptedServer.Cut,
            ScriptedServer.CutInAnswer, ScriptedServer.Refuse(500), ScriptedServer.Refuse(502), ScriptedServer.Accept("<html>a proxy's page</html>"),
            ScriptedServer.Accept("""{"accepted":2,"duplicates":0,"rejected":0,"errors":[]}"""));     // of three events
        var load = await RunAsync(server, "--count", "3");
        Assert.Equal((0, 3), (load.Code, (int)load.Json["acknowledged"]!));
        Assert.Equal(9, server.Requests.Count);
        Assert.Single(server.Requests.Select(ids => string.Join(' ', ids)).Distinct());
        Assert.Equal(server.Requests.First(), (await File.ReadAllLinesAsync(_acked)).Select(line => line.Split('\t')[0]));
        Assert.Equal("""{"202":1,"202 that does not account for the events":2,"429":1,"500":1,"502":1,"503":1,"no connection":2}""", load.Json["answers"]!.ToJsonString());
        Assert.Equal("As the test wants.", (string?)load.Json["firstProblem"]);
    }

    [Theory]
    [InlineData(503), InlineData(429)]
    public async Task The_pause_that_is_asked_for_is_kept(int status)
    {
        await using var server = await ScriptedServer.StartAsync(ScriptedServer.Refuse(status, "2"));
        var load = await RunAsync(server, "--count", "1");
        Assert.Equal(0, load.Code);
        Assert.True((double)load.Json["waitMs"]!["max"]! >= 2000, load.Output);
        Assert.True((double)load.Json["longestSilenceSeconds"]! >= 2, load.Output);
    }

    [Fact]
    public async Task While_one_server_wants_a_pause_another_is_asked()
    {
        await using var busy = await ScriptedServer.StartAsync([.. Enumerable.Repeat(ScriptedServer.Refuse(503, "3600"), 100)]);
        await using var idle = await ScriptedServer.StartAsync();
        var load = await RunAsync(busy, "--url", idle.Url, "--count", "100", "--batch-size", "1", "--connections", "2");
        Assert.Equal((0, 100), (load.Code, (int)load.Json["acknowledged"]!));
        Assert.InRange(busy.Requests.Count, 1, 2);      // once by each client
    }

    [Fact]
    public async Task Duplicates_are_acknowledged_and_rejected_rows_are_not()
    {
        await using var server = await ScriptedServer.StartAsync(ScriptedServer.Accept(
            """{"accepted":1,"duplicates":1,"rejected":1,"eventIds":["a",null,"c"],"errors":[{"index":1,"code":"poison-row","detail":"No."}]}"""));
        var load = await RunAsync(server, "--count", "3");
        Assert.Equal((1, 2, 1), (load.Code, (int)load.Json["acknowledged"]!, (int)load.Json["duplicates"]!));
        Assert.Equal(1, (int)load.Json["rejections"]!["poison-row"]!);
        var sent = server.Requests.Single();
        Assert.Equal([sent[0], sent[2]], (await File.ReadAllLinesAsync(_acked)).Select(line => line.Split('\t')[0]));
    }

    [Fact]
    public async Task An_answer_that_does_not_come_is_a_time_out_and_tried_again()
    {
        await using var server = await ScriptedServer.StartAsync(http => Task.Delay(Timeout.Infinite, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default));
        var load = await RunAsync(server, "--count", "1", "--timeout", "200ms");     // the only one that is not to wait
        Assert.Equal(0, load.Code);
        Assert.True((int)load.Json["answers"]!["timeout"]! >= 1, load.Output);       // a busy machine may be late with the second answer, too
    }

    private Task<Outcome> RunAsync(ScriptedServer server, params string[] arguments) =>
        Tool.LoadAsync(["--url", server.Url, "--key", "k", "--acked", _acked, "--json", .. Tool.Unless(arguments, "--timeout", "5m"), .. arguments]);
}
