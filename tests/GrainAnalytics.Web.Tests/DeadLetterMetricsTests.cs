using GrainAnalytics.Testing;
using GrainAnalytics.Web.Tests.Support;

namespace GrainAnalytics.Web.Tests;

/// <summary>Alone: a process with dozens of servers has more metrics than one provider keeps.</summary>
[Collection(nameof(AloneCollection))]
public sealed class DeadLetterMetricsTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const string Good = """{"type":"t","userId":"letters"}""";

    [Fact]
    public async Task Letters_are_counted()
    {
        var kept = await MetricAsync("grainanalytics_dead_letters_kept_total{reason=\"invalid-sent-at\"}");
        using (await server.Writer.PostAsync($$"""[{{Good}},{"type":"t","userId":"u","sentAt":"x"}]""")) { }
        await Wait.UntilAsync(async () => await MetricAsync("grainanalytics_dead_letters_kept_total{reason=\"invalid-sent-at\"}") > (kept ?? 0), "the letter to be counted");
        Assert.NotNull(await MetricAsync("grainanalytics_dead_letters_dropped_total{cause=\"queue-full\"}"));
        Assert.NotNull(await MetricAsync("grainanalytics_dead_letters_kept_total{reason=\"poison-row\"}"));
        Assert.NotNull(await MetricAsync("grainanalytics_dead_letters_retried_total{outcome=\"stored\"}"));
    }

    private async Task<double?> MetricAsync(string series) =>
        (await server.Anyone.GetStringAsync("/metrics")).Split('\n').FirstOrDefault(line => line.StartsWith(series + " ", StringComparison.Ordinal)) is { } line
            ? double.Parse(line[(series.Length + 1)..], System.Globalization.CultureInfo.InvariantCulture) : null;
}
