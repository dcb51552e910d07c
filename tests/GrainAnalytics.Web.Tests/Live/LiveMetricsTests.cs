using System.Text.RegularExpressions;
using GrainAnalytics.Testing;
using GrainAnalytics.Web.Tests.Support;

namespace GrainAnalytics.Web.Tests.Live;

/// <summary>Alone: metrics are the process's, so other servers at the same time would count too.</summary>
[Collection(nameof(AloneCollection))]
public sealed class LiveMetricsTests(LiveServer server) : IClassFixture<LiveServer>
{
    [Fact]
    public async Task Viewers_are_measured()
    {
        var (client, _) = await LiveClient.WatchAsync(server.Reader);
        await server.Writer.SendAsync("""{"type":"measured","userId":"measured"}""");
        await client.UntilAsync(() => client.Counters.ContainsKey("measured"));
        var metrics = "";
        await Wait.UntilAsync(async () => Regex.IsMatch(metrics = await server.Anyone.GetStringAsync("/metrics"), @"(?m)^grainanalytics_live_viewers 1$"), "the viewer");
        Assert.Matches(@"(?m)^grainanalytics_live_updates_total [1-9]", metrics);
        Assert.Contains("\ngrainanalytics_live_dropped_total 0\n", metrics);
        client.Dispose();
        await Wait.UntilAsync(async () => (await server.Anyone.GetStringAsync("/metrics")).Contains("\ngrainanalytics_live_viewers 0\n"), "the viewer's leaving");
    }
}
