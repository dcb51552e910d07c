using GrainAnalytics.Standalone;
using GrainAnalytics.Web.Tests.Support;

namespace GrainAnalytics.Web.Tests;

/// <summary>The program as a process: how it refuses to start, and how it ends.</summary>
public sealed class StartupTests
{
    private const string Database = "--ConnectionStrings:Postgres=Host=127.0.0.1;Port=9;Username=nobody";

    [Theory]
    [InlineData("Bootstrap:TimeZone", "--Bootstrap:TimeZone=Mars/Olympus")]
    [InlineData("must differ", "--Bootstrap:WriteKey=same", "--Bootstrap:ApiKey=same")]
    [InlineData("Ingest:MaxFlushSize", "--Ingest:FlushSize=2000")]
    [InlineData("Ingest:EmergencyThreshold", "--Ingest:EmergencyThreshold=10")]
    [InlineData("Ingest:FlushSize", "--Ingest:FlushSize=many")]
    [InlineData("MaxIdCharacters", "--Ingest:MaxIdCharacters=0")]
    [InlineData("Bootstrap:WriteKey", "--Bootstrap:WriteKey=has space")]
    [InlineData("Bootstrap:AdminToken", "--Operations:RequireToken=true")]
    [InlineData("Ingest:MaxWait", "--Ingest:MaxWait=00:00:05")]
    [InlineData("Ingest:MaxBodyMemory", "--Ingest:MaxBodyMemory=2000000")]
    [InlineData("Proxy:Trusted", "--Proxy:Trusted=10.0.0.0/33")]
    [InlineData("Proxy:Trusted", "--Proxy:Trusted=10.0.0.1,proxy.example")]
    [InlineData("Proxy:Trusted", "--Proxy:Trusted=0.0.0.0/0")]
    [InlineData("Enrichment:CountryHeader", "--Enrichment:CountryHeader=CF-IPCountry")]
    [InlineData("Enrichment:CountryHeader", "--Enrichment:CountryHeader=my header", "--Proxy:Trusted=10.0.0.1")]
    [InlineData("AddressRequestsPerSecond", "--RateLimits:AddressRequestsPerSecond=-1")]
    [InlineData("RateLimits:KeyBurst", "--RateLimits:KeyBurst=many")]
    [InlineData("BodyTimeout", "--Connections:BodyTimeout=00:00:00.5")]
    [InlineData("ConnectionStrings__Postgres", "--ConnectionStrings:Postgres=Nonsense=1")]
    public void Bad_setting_stops_the_start_with_a_line_that_names_it(string named, params string[] settings)
    {
        var (app, faults) = Server.Build([Database, "--urls=http://127.0.0.1:0", .. settings]);
        Assert.Null(app);
        Assert.Contains(named, Assert.Single(faults));
        Assert.DoesNotContain('\n', faults[0]);
    }

    [Fact]
    public void All_bad_settings_are_named_at_once() =>
        Assert.Equal(2, Server.Build([Database, "--Bootstrap:TimeZone=x", "--Ingest:FlushSize=2000"]).Faults.Count);

    [Fact]
    public async Task Process_with_a_bad_setting_exits_with_1_and_no_stack_trace()
    {
        using var process = StandaloneProcess.Start(Database, "--Bootstrap:TimeZone=Mars/Olympus");
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(1, process.ExitCode);
        Assert.Contains("Mars/Olympus", Assert.Single(error.TrimEnd().Split('\n')));
    }

    [Fact]
    public async Task Sigterm_ends_the_process_with_0_and_what_was_acknowledged_is_stored()
    {
        await using var database = await TestDatabase.CreateAsync();
        string[] arguments = [$"--ConnectionStrings:Postgres={database.ConnectionString}", "--urls=http://127.0.0.1:0", "--Bootstrap:ApiKey=k"];
        foreach (var isSecond in (bool[])[false, true])
        {
            var (process, client) = await StandaloneProcess.StartReadyAsync("k", arguments);
            using var ends = process;
            using var closes = client;
            if (!isSecond) await client.SendAsync("""{"type":"t","userId":"last"}""");
            Assert.Equal(1, (int)(await client.GetJsonAsync("/v1/users/last/journey"))["count"]!);
            await process.SignalAsync("TERM");
            var output = process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
            Assert.Equal(0, process.ExitCode);
            Assert.Contains("\"Timestamp\"", await output);
        }
    }
}
