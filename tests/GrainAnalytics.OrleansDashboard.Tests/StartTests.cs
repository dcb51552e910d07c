using System.Net;
using GrainAnalytics.Grains.Engine;
using GrainAnalytics.OrleansDashboard.Hosting;
using GrainAnalytics.OrleansDashboard.Tests.Support;

namespace GrainAnalytics.OrleansDashboard.Tests;

/// <summary>The program as a process without a cluster: how it refuses to start, and how it ends.</summary>
public sealed class StartTests
{
    private const string Nowhere = "--ConnectionStrings:Postgres=Host=127.0.0.1;Port=9;Username=nobody;Password=s3cret";
    private const string Token = $"--Dashboard:AdminToken={DashboardClient.Token}";

    [Theory]
    [InlineData("Dashboard__AdminToken", Nowhere)]
    [InlineData("Dashboard__AdminToken", Nowhere, "--Dashboard:AdminToken=  ")]
    [InlineData("ConnectionStrings__Postgres", Token)]
    [InlineData("ConnectionStrings__Postgres", Token, "--ConnectionStrings:Postgres=Nonsense=1")]
    [InlineData("SessionLifetime", Token, Nowhere, "--Dashboard:SessionLifetime=00:00:00")]
    [InlineData("SessionLifetime", Token, Nowhere, "--Dashboard:SessionLifetime=soon")]
    [InlineData("ClusterId", Token, Nowhere, "--Cluster:ClusterId=")]
    public async Task A_bad_setting_stops_the_start_with_a_line_that_names_it(string named, params string[] arguments)
    {
        await using var process = ProgramProcess.StartDashboard(arguments);
        Assert.Equal(1, await process.ExitAsync());
        Assert.Contains(named, Assert.Single((await process.Error).TrimEnd().Split('\n')));
        Assert.Equal("", await process.Output);
    }

    [Fact]
    public async Task Help_names_every_setting()
    {
        await using var process = ProgramProcess.StartDashboard(["--help"]);
        Assert.Equal(0, await process.ExitAsync());
        var help = await process.Output;
        foreach (var setting in (string[])["Dashboard__AdminToken", "ConnectionStrings__Postgres", "Cluster__ClusterId", "Cluster__ServiceId", "Dashboard__SessionLifetime", "ASPNETCORE_URLS"])
            Assert.Contains(setting, help);
    }

    [Fact]
    public async Task Without_a_database_it_is_alive_says_why_and_ends_with_0()
    {
        await using var process = ProgramProcess.StartDashboard([Nowhere, Token, "--urls=http://127.0.0.1:0"]);
        using var client = await DashboardClient.OfAsync(process);
        Assert.Equal(HttpStatusCode.OK, await client.StatusAsync("/health/live"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await client.StatusAsync("/health/ready"));
        Assert.Equal(HttpStatusCode.Unauthorized, await client.StatusAsync("/dashboard/version"));
        Assert.Equal(0, await process.StopAsync());
        var output = await process.Output;
        Assert.Contains("cannot be reached", output);
        Assert.DoesNotContain("s3cret", output);
    }

    [Fact]
    public async Task A_taken_port_ends_it_with_a_line()
    {
        await using var first = ProgramProcess.StartDashboard([Nowhere, Token, "--urls=http://127.0.0.1:0"]);
        await using var second = ProgramProcess.StartDashboard([Nowhere, Token, $"--urls={await first.Address}"]);
        Assert.Equal(1, await second.ExitAsync());
        Assert.Contains("address already in use", await second.Error);
    }

    [Fact]
    public void Its_cluster_has_the_silos_default_names()
    {
        Assert.Equal(ClusterSettings.Section, ClusterName.Section);
        var (silo, dashboard) = (new ClusterSettings(), new ClusterName());
        Assert.Equal((silo.ClusterId, silo.ServiceId), (dashboard.ClusterId, dashboard.ServiceId));
    }
}
