using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GrainAnalytics.OrleansDashboard.Tests.Support;
using GrainAnalytics.Testing;

namespace GrainAnalytics.OrleansDashboard.Tests;

/// <summary>The dashboard and a cluster that comes, goes and comes again.</summary>
public sealed class ClusterTests : IClassFixture<ClusterTests.EmptyDatabase>, IDisposable
{
    private readonly EmptyDatabase _postgres;
    private readonly string _data = Directory.CreateTempSubdirectory("grain-dashboard-").FullName;

    public ClusterTests(EmptyDatabase postgres) => _postgres = postgres;

    public sealed class EmptyDatabase : PostgresFixture
    {
        protected override bool IsMigrated => false;
    }

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task It_starts_before_the_cluster_shows_its_grains_and_survives_silos()
    {
        string[] cluster = ["--Cluster:ClusterId=lives"];
        await using var dashboard = ProgramProcess.StartDashboard(_postgres, cluster);
        using var client = await DashboardClient.OfAsync(dashboard);
        await AssertAwayAsync(client);

        await using (var silo = ProgramProcess.StartSilo(_postgres, _data, cluster))
        {
            await client.UntilReadyAsync();
            await PostAsync(silo, "ada");
            await UntilUserGrainAsync(client);
            using var page = await client.GetAsync("/", DashboardClient.Token, accept: "text/html");
            Assert.Contains("1 silo is active", await page.Content.ReadAsStringAsync());
            await silo.StopAsync("KILL");
        }
        await Wait.UntilAsync(async () => await client.StatusAsync("/health/ready") == HttpStatusCode.ServiceUnavailable, "word that the silo is gone");
        await AssertAwayAsync(client);

        await using var again = ProgramProcess.StartSilo(_postgres, _data, cluster);
        await client.UntilReadyAsync();
        await PostAsync(again, "grace");
        await UntilUserGrainAsync(client);
        await again.StopAsync();
        await Wait.UntilAsync(async () => await client.StatusAsync("/health/ready") == HttpStatusCode.ServiceUnavailable, "word that the silo ended");
        Assert.Equal(0, await dashboard.StopAsync());
    }

    [Fact]
    public async Task Silos_without_the_dashboard_are_told_from_a_failure()
    {
        string[] cluster = ["--Cluster:ClusterId=off"];
        await using var silo = ProgramProcess.StartSilo(_postgres, _data, [.. cluster, "--Cluster:Dashboard=false"]);
        await using var dashboard = ProgramProcess.StartDashboard(_postgres, cluster);
        using var client = await DashboardClient.OfAsync(dashboard);
        await client.UntilReadyAsync();
        using var response = await client.GetAsync("/dashboard/DashboardCounters", DashboardClient.Token);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains("Cluster__Dashboard", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Sigterm_ends_it_with_0_also_while_the_log_is_watched()
    {
        string[] cluster = ["--Cluster:ClusterId=ends"];
        await using var silo = ProgramProcess.StartSilo(_postgres, _data, cluster);
        await using var dashboard = ProgramProcess.StartDashboard(_postgres, cluster);
        using var client = await DashboardClient.OfAsync(dashboard);
        await client.UntilReadyAsync();
        using var stream = await client.SendAsync(HttpMethod.Get, "/dashboard/Trace", DashboardClient.Token, onlyHead: true);
        var stop = dashboard.StopAsync();
        // Much less than the hour that the stream lasts, and than the ten seconds that a stop may take.
        Assert.Same(stop, await Task.WhenAny(stop, Task.Delay(TimeSpan.FromSeconds(9))));
        Assert.Equal(0, await stop);
    }

    private static async Task AssertAwayAsync(DashboardClient client)
    {
        Assert.Equal(HttpStatusCode.OK, await client.StatusAsync("/health/live"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await client.StatusAsync("/health/ready"));
        using var page = await client.GetAsync("/dashboard/", DashboardClient.Token, accept: "text/html");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, page.StatusCode);
        Assert.Contains("cannot be reached", await page.Content.ReadAsStringAsync());
        using var json = await client.GetAsync("/dashboard/DashboardCounters", DashboardClient.Token);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, json.StatusCode);
        Assert.True(json.Headers.Contains("Retry-After"));
    }

    private static async Task PostAsync(ProgramProcess silo, string user)
    {
        using var client = new HttpClient { BaseAddress = new Uri(await silo.Address) };
        client.DefaultRequestHeaders.Authorization = new("Bearer", "write-key");
        using var response = await client.PostAsJsonAsync("/v1/events", new { type = "page_view", userId = user });
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
    }

    // The counters are made anew once a second, when somebody asks.
    private static Task UntilUserGrainAsync(DashboardClient client) => Wait.UntilAsync(async () =>
        (await client.JsonAsync("/dashboard/DashboardCounters"))["simpleGrainStats"]!.AsArray().Any(IsUser), "a user's grain in the dashboard's counters");

    private static bool IsUser(JsonNode? grain) => (string?)grain!["grainType"] == "GrainAnalytics.Grains.Users.UserGrain" && (int)grain["activationCount"]! > 0;
}
