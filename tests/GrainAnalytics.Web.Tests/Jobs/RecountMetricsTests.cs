using GrainAnalytics.Testing;
using GrainAnalytics.Web.Tests.Support;

namespace GrainAnalytics.Web.Tests.Jobs;

/// <summary>Alone: metrics are the process's, so other servers at the same time would count too.</summary>
[Collection(nameof(AloneCollection))]
public sealed class RecountMetricsTests(JobsServer server) : IClassFixture<JobsServer>
{
    [Fact]
    public async Task What_a_recount_repaired_is_measured()
    {
        await server.Writer.SendAsync("""[{"type":"bought","userId":"a","occurredAt":"2026-02-03T10:00:00Z"},{"type":"bought","userId":"b","occurredAt":"2026-02-03T11:00:00Z"}]""");
        await server.Reader.GetJsonAsync("/v1/stats/timeseries?from=2026-02-03&to=2026-02-03&type=bought");      // what is asked about has been counted
        await server.ExecuteAsync("update event_hourly set events = 40 where type = 'bought'");
        await server.OkAsync(HttpMethod.Post, "/v1/admin/jobs", """{"kind":"recount","siteId":1,"date":"2026-02-03"}""", 201);
        await Wait.UntilAsync(async () => (await server.Anyone.GetStringAsync("/metrics")).Contains("grainanalytics_recount_differences_total{table=\"event_hourly\"} 2\n"), "the differences");
    }
}
