using System.Globalization;
using System.Text.RegularExpressions;
using GrainAnalytics.Testing;
using GrainAnalytics.Web.Tests.Support;

namespace GrainAnalytics.Web.Tests;

/// <summary>Alone: metrics are the process's, so other servers at the same time would count too.</summary>
[CollectionDefinition(nameof(AloneCollection), DisableParallelization = true)]
public sealed class AloneCollection;

[Collection(nameof(AloneCollection))]
public sealed partial class MetricsTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task Counters_of_events_exist_before_the_first_event()
    {
        var metrics = await ScrapeAsync();
        foreach (var name in (string[])["stored", "received", "duplicate", "rejected"])
            Assert.Contains(metrics.Keys, series => series.StartsWith($"grainanalytics_events_{name}_total", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_event_counts_once()
    {
        const string Answered = "grainanalytics_request_duration_seconds_count{endpoint=\"events\",status=\"2xx\"}";
        var before = await ScrapeAsync();
        using (await server.Writer.PostAsync("""[{"eventId":"m1","type":"t","userId":"m"},{"eventId":"m1","type":"t","userId":"m"},{"eventId":"m2","type":"t","userId":"m"},{"userId":"m"}]""")) { }
        using (await server.Writer.PostAsync("""{"eventId":"m1","type":"t","userId":"m"}""")) { }
        // A request is measured just after its answer is out.
        var after = before;
        await Wait.UntilAsync(async () =>
        {
            after = await ScrapeAsync();
            return Grown(Answered) >= 2;
        }, "the measured requests");
        Assert.Equal(2, Grown(Answered));
        Assert.Equal(5, Grown("grainanalytics_events_received_total"));
        Assert.Equal(2, Grown("grainanalytics_events_stored_total"));
        Assert.Equal(2, Grown("grainanalytics_events_duplicate_total"));
        Assert.Equal(1, Grown("grainanalytics_events_rejected_total{outcome=\"missing-type\"}"));

        double Grown(string series) => after.GetValueOrDefault(series) - before.GetValueOrDefault(series);
    }

    [Fact]
    public async Task Format_is_prometheus_text()
    {
        using var response = await server.Anyone.GetAsync("/metrics");
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        var text = await response.Content.ReadAsStringAsync();
        Assert.EndsWith("\n", text);
        Assert.All(text.TrimEnd('\n').Split('\n'), line => Assert.Matches(Line(), line));
        var families = text.Split('\n').Where(line => line.StartsWith("# TYPE ", StringComparison.Ordinal)).Select(line => line.Split(' ')[2]).ToList();
        Assert.Equal(families.Distinct(), families);
        Assert.Contains(families, name => name.StartsWith("dotnet_", StringComparison.Ordinal));
        Assert.Contains(families, name => name.StartsWith("kestrel_", StringComparison.Ordinal));
        Assert.Contains(families, name => name.StartsWith("db_client_", StringComparison.Ordinal));
        Assert.DoesNotContain("_event_", text);
        Assert.DoesNotContain("Username", text);
    }

    [Fact]
    public async Task Histograms_end_with_all_that_was_counted()
    {
        await server.Writer.SendAsync("""{"type":"t","userId":"h"}""");
        // A flush is measured just after its requests are let go.
        Dictionary<string, double> metrics = [];
        await Wait.UntilAsync(async () => (metrics = await ScrapeAsync()).ContainsKey("grainanalytics_flush_duration_seconds_count"), "a measured flush");
        Assert.Equal(metrics["grainanalytics_flush_duration_seconds_count"], metrics["grainanalytics_flush_duration_seconds_bucket{le=\"+Inf\"}"]);
        Assert.True(metrics["grainanalytics_flush_duration_seconds_sum"] > 0);
        Assert.True(metrics["grainanalytics_flush_duration_seconds_bucket{le=\"8\"}"] >= metrics["grainanalytics_flush_duration_seconds_bucket{le=\"0.0005\"}"]);
    }

    private async Task<Dictionary<string, double>> ScrapeAsync() => (await server.Anyone.GetStringAsync("/metrics")).Split('\n')
        .Where(line => line.Length > 0 && line[0] != '#')
        .ToDictionary(line => line[..line.LastIndexOf(' ')], line => line.EndsWith("+Inf", StringComparison.Ordinal)
            ? double.PositiveInfinity : double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

    [GeneratedRegex("""^(# HELP [a-z_0-9]+ .*|# TYPE [a-z_0-9]+ (counter|gauge|histogram)|[a-z_0-9]+(\{[a-z_]+="([^"\\]|\\["\\n])*"(,[a-z_]+="([^"\\]|\\["\\n])*")*\})? -?([0-9.eE+-]+|\+Inf|NaN))$""")]
    private static partial Regex Line();
}
