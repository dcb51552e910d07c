using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using GrainAnalytics.Cli.Load;
using GrainAnalytics.Cli.Verify;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Testing;
using Npgsql;
using Xunit.Abstractions;

namespace GrainAnalytics.System.Tests.Support;

/// <summary>Servers on a fresh database under load, something that breaks, and at the end the count.</summary>
internal sealed class Scenario : IAsyncDisposable
{
    // Nothing else may be heard from servers: no 500, no 401 because the database cannot be asked, no silence.
    private static readonly string[] Allowed = ["202", "503", "no connection"];

    private readonly string _fault, _database;
    private readonly ITestOutputHelper _output;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("grain-analytics-load-");
    private TimeSpan _recovery;
    private int _own;
    private Traffic? _traffic;

    private Scenario(string fault, string database, ITestOutputHelper output)
    {
        (_fault, _database, _output) = (fault, database, output);
        Random = new Random(Seed.Choose(output.WriteLine));
    }

    // What was acknowledged to the scenario itself.
    private string OwnFile => Path.Combine(_folder.FullName, "own.tsv");

    /// <summary>Chooses moments and victims.</summary>
    public Random Random { get; }

    /// <summary>What may stand between the servers and the database; null without.</summary>
    public TcpProxy? Network { get; private init; }

    /// <summary>The servers.</summary>
    public Servers Servers { get; private init; } = null!;

    /// <summary>The database's connection string, not through the proxy.</summary>
    public string Database => _database;

    /// <summary>The load, once started.</summary>
    public Traffic Traffic => _traffic ?? throw new InvalidOperationException("There is no load yet.");

    /// <summary>Prepares a scenario; nothing runs yet.</summary>
    /// <param name="fault">Its name in the table.</param>
    /// <param name="postgres">The database server.</param>
    /// <param name="output">Says what happens.</param>
    /// <param name="isProxied">True to put a proxy between servers and database.</param>
    /// <param name="servers">How many servers; 0: what the target has.</param>
    /// <param name="settings">Further settings of a server, by its number.</param>
    public static async Task<Scenario> PrepareAsync(string fault, PrivatePostgres postgres, ITestOutputHelper output,
        bool isProxied = false, int servers = 0, Func<int, (string Name, string Value)[]>? settings = null)
    {
        var database = await postgres.CreateDatabaseAsync();
        var proxy = isProxied ? TcpProxy.Start(postgres.Port) : null;
        var theirs = new NpgsqlConnectionStringBuilder(database);
        if (proxy is not null) theirs.Port = proxy.Port;
        return new Scenario(fault, database, output)
        {
            Network = proxy,
            Servers = new Servers(servers == 0 ? Target.Chosen.Servers : servers, theirs.ConnectionString, settings ?? (_ => []), output),
        };
    }

    /// <summary>Prepares a scenario, starts its servers, and the load once they are ready.</summary>
    public static async Task<Scenario> StartAsync(string fault, PrivatePostgres postgres, ITestOutputHelper output,
        bool isProxied = false, Func<int, (string Name, string Value)[]>? settings = null)
    {
        var scenario = await PrepareAsync(fault, postgres, output, isProxied, 0, settings);
        try
        {
            await Task.WhenAll(scenario.Servers.Addresses.Index().Select(server => scenario.Servers.StartReadyAsync(server.Index)));
            await scenario.LoadAsync();
            return scenario;
        }
        catch
        {
            await scenario.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the load, and waits until it is under way.</summary>
    public async Task LoadAsync()
    {
        _traffic = new Traffic(Servers.Addresses, _folder.FullName);
        await _traffic.AcknowledgedAsync(300);
        // A key that a server has not seen yet is one that it cannot check while the database is away.
        for (var i = 0; i < Servers.Addresses.Count; i++)
        {
            var server = i;
            await Wait.UntilAsync(async () => await Servers.StatusAsync(server, "/v1/users/nobody/journey") == HttpStatusCode.OK, $"a lookup on server {server}", Servers.Patience);
        }
    }

    /// <summary>Waits for a random moment, counted in acknowledged events.</summary>
    public Task SomeTimeAsync() => Traffic.AcknowledgedAsync(Random.Next(100, 1500));

    /// <summary>The database is out of reach: for this long at least, and until servers have shown what they do meanwhile.</summary>
    public async Task OutageAsync(TimeSpan length)
    {
        var end = Task.Delay(length);
        for (var i = 0; i < Servers.Addresses.Count; i++)
        {
            var server = i;
            await Wait.UntilAsync(async () => await Servers.HealthAsync(server) is { } health && (string?)health["status"] == "degraded" && Servers.Spooled(health) > 0,
                $"server {server} to be degraded, with events in its spool", Servers.Patience);
        }
        // What was under way when it began is answered by now; from here on, 202s are the spool's.
        await Traffic.AcknowledgedAsync(1000);
        await LookUpAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await Servers.StatusAsync(0, "/v1/stats/dau"));
        await end;
        await Traffic.AcknowledgedAsync(200);
    }

    /// <summary>Sends one event, once; when it is acknowledged it is among those that are counted at the end.</summary>
    /// <returns>The answer's status, code of its problem (null: none), and whether it says when to try again.</returns>
    public async Task<(HttpStatusCode Status, string? Problem, bool HasRetryAfter)> SendAsync(int server, string id, string user, int payload = 2)
    {
        var at = $"{DateTime.UtcNow:yyyy-MM-ddTHH:mm:ss.fffZ}";
        var text = new string('x', Math.Max(0, payload - 11));
        using var content = new StringContent($$$"""{"eventId":"{{{id}}}","type":"page_view","userId":"{{{user}}}","occurredAt":"{{{at}}}","payload":{"text":"{{{text}}}"}}""");
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Servers.Addresses[server], "/v1/events")) { Content = content };
        request.Headers.Authorization = new("Bearer", Servers.WriteKey);
        using var answer = await Servers.Http.SendAsync(request);
        if (answer.StatusCode == HttpStatusCode.Accepted)
        {
            await File.AppendAllTextAsync(OwnFile, $"{id}\t{user}\t{at}\n");
            _own++;
            return (answer.StatusCode, null, false);
        }
        var problem = (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["type"];
        return (answer.StatusCode, problem?.Replace("urn:grainanalytics:", "", StringComparison.Ordinal), answer.Headers.RetryAfter is not null);
    }

    /// <summary>Sends one event again and again until it is acknowledged. A server that cannot take it in time, as when its disk stands
    /// still, says so with a 503 and when to try again.</summary>
    public Task SendUntilAcceptedAsync(int server, string id, string user, int payload = 2) => Wait.UntilAsync(async () =>
    {
        var (status, _, hasRetryAfter) = await SendAsync(server, id, user, payload);
        if (status == HttpStatusCode.Accepted) return true;
        Assert.Equal((HttpStatusCode.ServiceUnavailable, true), (status, hasRetryAfter));
        return false;
    }, $"a 202 for {id}", TimeSpan.FromMinutes(2));

    // What is acknowledged now is in the journey now, on every server, and the journey says that it may not be all.
    private async Task LookUpAsync()
    {
        const string User = "looked up during an outage";
        for (var i = 0; i < Servers.Addresses.Count; i++)
        {
            var id = $"{Guid.NewGuid()}";
            await SendUntilAcceptedAsync(i, id, User);
            JsonNode? journey = null;
            var (other, path) = ((i + 1) % Servers.Addresses.Count, $"/v1/users/{Uri.EscapeDataString(User)}/journey");
            await Wait.UntilAsync(async () => (journey = await Servers.GetAsync(other, path)) is not null, $"a journey from server {other}", Servers.Patience);
            Assert.True((bool?)journey!["partial"] == true, $"{journey.ToJsonString()}");
            Assert.Contains(journey["events"]!.AsArray(), e => (string?)e!["eventId"] == id);
        }
    }

    /// <summary>The fault is over: waits until all is well, under load, and notes how long that took.</summary>
    public async Task RecoverAsync()
    {
        var started = Stopwatch.GetTimestamp();
        await Servers.UntilWellAsync();
        var took = Stopwatch.GetElapsedTime(started);
        if (took > _recovery) _recovery = took;
    }

    /// <summary>Ends the load and counts: everything acknowledged is there once, and every counter agrees.</summary>
    /// <param name="rounds">How often the fault happened.</param>
    /// <param name="isSameEverywhere">True when every server must show the same journeys.</param>
    public async Task CountAsync(int rounds, bool? isSameEverywhere = null)
    {
        var load = await Traffic.EndAsync();
        // A client's patience of ten seconds is more than twice a server's own: it ends only where both stood still.
        string[] allowed = Traffic.Stalls.AreNoticeable ? [.. Allowed, "timeout"] : Allowed;
        if (Traffic.Stalls.AreNoticeable) _output.WriteLine($"The machine stood still for {Traffic.Stalls.Longest.TotalSeconds:0.0} s.");
        foreach (var report in load)
            _output.WriteLine($"{report.Acknowledged} acknowledged, {report.Duplicates} of them stored before; answers {string.Join(", ", report.Answers)}; "
                + $"202 after {report.LatencyMs}, refusal after {report.RefusalMs}, wait {report.WaitMs} ms; {report.FirstProblem}");
        var patient = new NpgsqlConnectionStringBuilder(_database) { CommandTimeout = 600, Timeout = 60 }.ConnectionString;
        var check = await VerifyRun.RunAsync(new VerifySettings
        {
            Servers = Servers.Addresses, Key = Servers.ApiKey, Files = _own == 0 ? Traffic.Files : [.. Traffic.Files, OwnFile], Wait = Servers.Patience, GiveUp = Servers.Patience, Database = patient,
            OnEveryServer = isSameEverywhere ?? Target.Chosen.IsCluster, Examples = 5,
        }, CancellationToken.None);
        Print(rounds, load, check);

        Assert.All(load, report => Assert.Equal((0, 0), (report.Unanswered, report.Rejected)));
        Assert.Empty(load.SelectMany(report => report.Answers.Keys).Except(allowed));
        Assert.True(check.IsFine, string.Join('\n', check.Findings.SelectMany(finding => finding.Examples.Prepend($"{finding.Kind}: {finding.Count}"))));
        var acknowledged = Traffic.Acknowledged + _own;
        Assert.Equal((acknowledged, acknowledged, 0), (check.Acknowledged, check.Rows!.Value, check.Unacknowledged));
        // By queries that share nothing with those of the check.
        await using var database = NpgsqlDataSource.Create(patient);
        await Recount.AssertExactAsync(database, new Site(1, "", null, SiteClock.Utc));
    }

    public async ValueTask DisposeAsync()
    {
        _traffic?.Dispose();
        await Servers.DisposeAsync();
        if (Network is not null) await Network.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private void Print(int rounds, LoadReport[] load, VerifyReport check)
    {
        var row = string.Create(CultureInfo.InvariantCulture, $"| {_fault} | {Target.Chosen.Name} | {rounds} | {load.Sum(report => report.Acknowledged):N0} | {check.Lost} | {check.Doubled} "
            + $"| {load.Max(report => report.WaitMs.Max) / 1000:0.0} | {_recovery.TotalSeconds:0.0} |");
        _output.WriteLine(row);
        // Collected by scripts/faults.sh.
        if (Environment.GetEnvironmentVariable("GRAINANALYTICS_FAULT_TABLE") is { Length: > 0 } table) File.AppendAllText(table, row + "\n");
    }
}
